import CCurl
import Foundation
import Logging
import Messaging
import Models
import NotifierDomain
import Synchronization

/// Codes for a wrong or missing login (RFC 4954 section 6); MAIL can be answered with them too.
private let loginRefusals: Set<Int> = [530, 534, 535, 538]
/// Time between two log entries about the same error, which each mail of a campaign would repeat.
private let silence = Duration.seconds(60)

/// Hands mails to a mail server by libcurl, over one reused connection.
///
/// `@unchecked Sendable`: `handle`, `upload`, `dialogue` and `told` are used only on the worker's thread, which calls
/// `handOver` and `close`; `stopping` is a mutex.
final class SMTPTransport: MailTransport, @unchecked Sendable {
    /// The options of the connection.
    struct Options: Sendable {
        /// The mail server's address.
        var address: SMTPAddress
        /// This side's name in EHLO.
        var name: String
        /// The only certificates (PEM) to trust; nil: the system's.
        var authorities: String?
        /// Timeout until the first MAIL can be sent: libcurl includes greeting, STARTTLS and login, and mail servers
        /// delay unknown clients.
        var connectTimeout = Duration.seconds(30)
        /// Timeout of each answer; a mail server may take long to check a whole mail.
        var answerTimeout = Duration.seconds(45)
        /// Timeout of one mail.
        var totalTimeout = Duration.seconds(90)
    }

    /// With `CURLOPT_NOSIGNAL` the program must ignore SIGPIPE itself; otherwise a broken connection would end the
    /// process.
    private static let isInitialized: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return assent_curl_initialize() == CURLE_OK
    }()

    private let options: Options
    private let stopping = Mutex<ContinuousClock.Instant?>(nil)
    private var handle: UnsafeMutableRawPointer?
    private let upload: Upload
    private let dialogue = Dialogue()
    private let log: Logger
    /// The error last logged, and when.
    private var told: (trouble: String, at: ContinuousClock.Instant)?

    /// Connects with the first mail.
    init(_ options: Options, log: Logger = Logger(label: SuiteService.notifier.rawValue)) {
        self.options = options
        self.log = log
        upload = Upload()
    }

    deinit { close() }

    func close() {
        guard let handle else { return }
        // Without QUIT: libcurl would wait for the answer of a silent mail server.
        upload.hangUp()
        curl_easy_cleanup(handle)
        self.handle = nil
    }

    func stop() { stopping.withLock { $0 = $0 ?? .now } }

    func handOver(_ message: MailMessage, id: UUID, mayEnd: @escaping () -> Bool) -> HandOverResult {
        guard let handle = handle ?? open() else { return .temporary(code: nil) }
        self.handle = handle
        upload.begin(message.bytes, mayEnd: mayEnd) { [unowned self] in stopping.withLock { $0 } }
        dialogue.begin(needsSMTPUTF8: message.needsSMTPUTF8)
        defer { upload.end() }
        let outcome = send(message, by: handle)
        // If an answer is still outstanding, the next mail would read it as its own, so the connection is closed.
        if outcome != .accepted { close() }
        return outcome
    }

    private func send(_ message: MailMessage, by handle: UnsafeMutableRawPointer) -> HandOverResult {
        guard let recipients = curl_slist_append(nil, "<\(message.recipient.text)>") else {
            return .temporary(code: nil)
        }
        defer { curl_slist_free_all(recipients) }
        guard assent_curl_set_text(handle, CURLOPT_MAIL_FROM, "<\(message.sender.text)>") == CURLE_OK,
            assent_curl_set_pointer(handle, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK
        else { return .temporary(code: nil) }
        defer { _ = assent_curl_set_pointer(handle, CURLOPT_MAIL_RCPT, nil) }
        let result = curl_easy_perform(handle)
        var code = 0
        _ = assent_curl_get_number(handle, CURLINFO_RESPONSE_CODE, &code)
        let outcome = outcome(result, code: code)
        tell(dialogue.isBrokenOff ? nil : Self.trouble(result, code: code))
        return outcome
    }

    /// libcurl returns `SEND_ERROR` for a refused MAIL, RCPT or DATA, and `WEIRD_SERVER_REPLY` for a refused greeting
    /// or end. A refused login or missing TLS is an error of the configuration, which can be corrected, so the mail is
    /// retried.
    private func outcome(_ result: CURLcode, code: Int) -> HandOverResult {
        if upload.isWithheld { return .withheld }
        if dialogue.isBrokenOff { return .needsSMTPUTF8 }
        if result == CURLE_OK { return .accepted }
        let isRefusal = upload.isPastEnd ? result == CURLE_WEIRD_SERVER_REPLY : result == CURLE_SEND_ERROR
        if isRefusal, (500...599).contains(code), !loginRefusals.contains(code) { return .permanent(code: code) }
        if upload.isPastEnd, !(isRefusal && (400...499).contains(code)) { return .unanswered }
        return .temporary(code: code >= 400 ? code : nil)
    }

    /// The error for the log if it affects every mail; nil: the answer concerns only this mail.
    private static func trouble(_ result: CURLcode, code: Int) -> String? {
        switch result {
        case CURLE_OK, CURLE_ABORTED_BY_CALLBACK: return nil
        case CURLE_USE_SSL_FAILED: return "it offers no TLS, which SMTP_URL requires"
        case CURLE_PEER_FAILED_VERIFICATION: return "its TLS certificate is not trusted, or another server's"
        case CURLE_SSL_CONNECT_ERROR: return "TLS failed"
        case CURLE_LOGIN_DENIED: return "the login was refused"
        case CURLE_COULDNT_RESOLVE_HOST: return "its name is not known"
        case CURLE_COULDNT_CONNECT: return "no connection"
        case CURLE_OPERATION_TIMEDOUT: return "no answer in time"
        default:
            if loginRefusals.contains(code) { return "it wants a login" }
            return code >= 400 ? nil : "the connection was lost"
        }
    }

    private func tell(_ trouble: String?) {
        guard let trouble else { return }
        if let told, told.trouble == trouble, .now - told.at < silence { return }
        told = (trouble, .now)
        log.warning(
            "sending mails to the mail server failed; trying again after a back-off",
            metadata: ["reason": "\(trouble)"])
    }

    private func open() -> UnsafeMutableRawPointer? {
        guard Self.isInitialized, let handle = curl_easy_init() else { return nil }
        guard configure(handle) else {
            curl_easy_cleanup(handle)
            return nil
        }
        return handle
    }

    private func configure(_ handle: UnsafeMutableRawPointer) -> Bool {
        let address = options.address
        let scheme = address.protection == .implicit ? "smtps" : "smtp"
        let host = address.host.contains(":") ? "[\(address.host)]" : address.host
        var texts: [(CURLoption, String)] = [
            (CURLOPT_URL, "\(scheme)://\(host):\(address.port)/\(options.name)"),
            (CURLOPT_PROTOCOLS_STR, "smtp,smtps"), (CURLOPT_PROXY, ""),
        ]
        if let credentials = address.credentials {
            texts += [(CURLOPT_USERNAME, credentials.user), (CURLOPT_PASSWORD, credentials.password)]
        }
        let level = address.protection == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_USE_SSL, Int(level.rawValue)), (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2), (CURLOPT_NOSIGNAL, 1), (CURLOPT_UPLOAD, 1),
            (CURLOPT_NOPROGRESS, 0), (CURLOPT_CONNECTTIMEOUT_MS, options.connectTimeout.milliseconds),
            (CURLOPT_SERVER_RESPONSE_TIMEOUT, options.answerTimeout.milliseconds / 1000),
            (CURLOPT_TIMEOUT_MS, options.totalTimeout.milliseconds), (CURLOPT_TCP_NODELAY, 1),
        ].map { ($0.0, Int($0.1)) }
        guard texts.allSatisfy({ assent_curl_set_text(handle, $0.0, $0.1) == CURLE_OK }),
            numbers.allSatisfy({ assent_curl_set_number(handle, $0.0, $0.1) == CURLE_OK })
        else { return false }
        if let authorities = options.authorities {
            let bytes = Array(authorities.utf8)
            guard assent_curl_set_authorities(handle, bytes, bytes.count) == CURLE_OK else { return false }
        }
        return upload.attach(to: handle) && dialogue.attach(to: handle)
    }
}

extension Duration {
    var milliseconds: Int { Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000) }
}
