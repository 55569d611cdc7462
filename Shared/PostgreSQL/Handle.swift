import CPostgreSQL
import Foundation

/// One `PGconn`, non-blocking. It needs no lock: only its session's thread uses it, and any thread may free it.
final class Handle {
    /// With TLS, bytes may be decrypted though the socket looks idle: check again after this long.
    private static let tlsRecheck = Duration.milliseconds(20)

    /// The server's notices; written by the notice receiver, on the thread that calls libpq.
    private final class Notices {
        var fatalSQLState: String?
    }

    enum Progress { case pending, complete }

    private let connection: OpaquePointer
    private let notices = Notices()

    /// `PQconnectdbParams`, bounded by `connect_timeout`.
    init(_ address: DatabaseAddress, name: String, limits: ConnectionLimits) throws(DatabaseError) {
        let settings = address.settings(name: name, limits: limits)
        let keywords = settings.map { strdup($0.key) }
        defer { for keyword in keywords { free(keyword) } }
        let values = settings.map { strdup($0.value) }
        defer { for value in values { free(value) } }
        let opened = PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 0)
        guard let opened else { throw DatabaseError(.unreachable, reason: "out of memory") }
        guard PQstatus(opened) == CONNECTION_OK, PQsetnonblocking(opened, 1) == 0 else {
            defer { PQfinish(opened) }
            throw DatabaseError(.unreachable, reason: Self.hint(opened))
        }
        connection = opened
        // Without a receiver, notices go to stderr, and may carry values.
        PQsetNoticeReceiver(
            opened,
            { argument, result in
                guard let argument, let result else { return }
                let notices = Unmanaged<Notices>.fromOpaque(argument).takeUnretainedValue()
                guard let severity = PQresultErrorField(result, assent_diag_severity),
                    let sqlState = PQresultErrorField(result, assent_diag_sqlstate)
                else { return }
                if String(cString: severity) == "FATAL" { notices.fatalSQLState = String(cString: sqlState) }
            }, Unmanaged.passUnretained(notices).toOpaque())
    }

    deinit { PQfinish(connection) }

    /// `PQtransactionStatus`.
    var transactionStatus: TransactionStatus {
        switch PQtransactionStatus(connection) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    /// Reads messages that the server sent by itself, such as the notice of its shutdown. Throws if the connection has
    /// ended.
    func checkAlive() throws(DatabaseError) {
        if try waitReady(toWrite: false, upTo: .zero) {
            let isRead = PQconsumeInput(connection) == 1
            // `PQisBusy` parses the bytes read; the server's shutdown comes as a notice, often before the socket's end.
            _ = PQisBusy(connection)
            guard isRead, notices.fatalSQLState == nil else { throw lost() }
        }
        guard PQstatus(connection) == CONNECTION_OK else { throw lost() }
    }

    /// `PQenterPipelineMode`.
    func enterPipeline() throws(DatabaseError) {
        try check(PQenterPipelineMode(connection))
    }

    /// `PQexitPipelineMode`; only then does libpq tell the transaction's status.
    func exitPipeline() throws(DatabaseError) {
        try check(PQexitPipelineMode(connection))
    }

    /// `PQsendPrepare`.
    func sendPrepare(name: String, sql: String, types: [TypeOID]) throws(DatabaseError) {
        try check(PQsendPrepare(connection, name, sql, Int32(types.count), types.map(\.rawValue)))
    }

    /// `PQsendQueryPrepared`, results in binary.
    func sendPrepared(name: String, _ encoder: inout ParameterEncoder) throws(DatabaseError) {
        try check(
            encoder.withPointers { count, values, lengths, formats in
                PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
            })
    }

    /// `PQpipelineSync`.
    func sendSync() throws(DatabaseError) {
        try check(PQpipelineSync(connection))
    }

    /// `PQsendQuery`: several statements in one text.
    func sendScript(_ script: String) throws(DatabaseError) {
        try check(PQsendQuery(connection, script))
    }

    /// `PQflush`: sends as much as the socket takes now.
    func flush() throws(DatabaseError) -> Progress {
        switch PQflush(connection) {
        case 0: return .complete
        case 1: return .pending
        default: throw lost()
        }
    }

    /// Waits until there is something to read (then reads it) or, if asked, room to write. False after `silence`.
    func exchange(toWrite: Bool, silence: Duration) throws(DatabaseError) -> Bool {
        let deadline = ContinuousClock.now + silence
        let isEncrypted = PQsslInUse(connection) == 1
        while true {
            let left = deadline - .now
            guard left > .zero else { return false }
            if try waitReady(toWrite: toWrite, upTo: isEncrypted ? min(left, Self.tlsRecheck) : left) {
                try read()
                // A TLS record may be larger than the room libpq had.
                if isEncrypted { try read() }
                return true
            }
            guard isEncrypted else { continue }
            try read()
            if PQisBusy(connection) == 0 { return true }
        }
    }

    /// Whether `next` would block.
    var isBusy: Bool { PQisBusy(connection) == 1 }

    /// `PQgetResult`.
    func next() -> ServerResult? {
        guard let result = PQgetResult(connection) else { return nil }
        return ServerResult(result)
    }

    /// The error of a connection that has ended, with the server's last SQLSTATE.
    func lost() -> DatabaseError {
        DatabaseError(.lost, sqlState: notices.fatalSQLState)
    }

    /// `PQconsumeInput`. `next` still returns the results that were read before the connection ended.
    private func read() throws(DatabaseError) {
        guard PQconsumeInput(connection) == 1 else { throw lost() }
    }

    /// `poll` on the socket: to read always, to write if asked. False where the time is over.
    private func waitReady(toWrite: Bool, upTo limit: Duration) throws(DatabaseError) -> Bool {
        let socket = PQsocket(connection)
        guard socket >= 0 else { throw lost() }
        let events = toWrite ? POLLIN | POLLOUT : POLLIN
        var descriptor = pollfd(fd: socket, events: Int16(events), revents: 0)
        // Rounded up: 0 would not wait.
        let count = poll(&descriptor, 1, Int32(clamping: Int64((limit / .milliseconds(1)).rounded(.up))))
        if count < 0 && errno != EINTR { throw lost() }
        return count > 0
    }

    private func check(_ code: Int32) throws(DatabaseError) {
        guard code == 1 else { throw lost() }
    }

    /// A hint for people, never for decisions: libpq 15 gives no code for a failed connection, only text.
    private static func hint(_ connection: OpaquePointer) -> String {
        guard let pointer = PQerrorMessage(connection) else { return "" }
        let message = String(cString: pointer)
        let hints = [
            ("certificate", "the certificate was not accepted"), ("authentication", "authentication failed"),
            ("does not match host", "the certificate is for another host"), ("SSL", "TLS failed"),
            ("does not exist", "no such database or role"), ("refused", "nobody listens there"),
            ("translate host", "the host name is unknown"), ("timeout expired", "no answer in time"),
            ("read-only", "the server is read-only"), ("starting up", "the server is starting"),
            ("shutting down", "the server is shutting down"), ("too many", "the server has too many connections"),
        ]
        return hints.first { message.contains($0.0) }?.1 ?? "the connection could not be opened"
    }
}
