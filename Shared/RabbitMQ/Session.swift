import CRabbitMQ
import Glibc

/// librabbitmq's connection with its one channel. Belongs to the connection's thread; every return code is checked.
///
/// One channel, because the library drops frames when two share a connection.
final class Session {
    /// The heartbeat. The library sends it only while it is called, so it has to be called at least twice in this time.
    static let heartbeatSeconds: Int32 = 20
    /// Frames of 128 KiB, the broker's default; 4.1 refuses less than 8 KiB.
    private static let frameMaximumBytes: Int32 = 131_072
    private static let connectSeconds = 10
    /// A quorum queue on a busy broker takes seconds to declare.
    private static let callSeconds = 15
    private static let closeSeconds = 5
    private static let channel: amqp_channel_t = 1
    /// AMQP's reply code for a queue that is not there.
    private static let notFound: UInt16 = 404
    /// A peer that acknowledges nothing for so long counts as gone; this ends a send that would block for ever.
    private static let unacknowledgedLimitMilliseconds: Int32 = 60_000

    let descriptor: Int32
    /// Nil once disconnected; only `disconnect` uses it, all else uses `state`.
    private var handle: amqp_connection_state_t?
    private let state: amqp_connection_state_t
    private let isPlain: Bool
    private let arena = EncodingArena()
    private let frame = UnsafeMutablePointer<amqp_frame_t>.allocate(capacity: 1)

    /// Connects, logs in and opens the channel; blocks up to half a minute.
    init(_ address: BrokerAddress, name: String) throws(BrokerError) {
        // TLS writes with plain `write`, so that SIGPIPE of a broken connection would end the process.
        signal(SIGPIPE, SIG_IGN)
        guard let state = amqp_new_connection() else { throw BrokerError(.unreachable, "no memory") }
        do {
            try Self.connect(state, address)
            try Self.login(state, address, name: name, arena: arena)
        } catch {
            _ = amqp_destroy_connection(state)
            frame.deallocate()
            throw error
        }
        self.state = state
        handle = state
        descriptor = amqp_get_sockfd(state)
        isPlain = address.certificateAuthority == nil
        setOption(TCP_USER_TIMEOUT, Self.unacknowledgedLimitMilliseconds)
    }

    deinit {
        disconnect()
        frame.deallocate()
    }

    /// Closes the socket without an AMQP close: unacknowledged deliveries return to the queue, in order. The last call.
    func disconnect() {
        guard let state = handle else { return }
        handle = nil
        // The result of closing the socket no longer matters.
        _ = amqp_destroy_connection(state)
    }

    /// Closes the AMQP connection. Never sends `basic.cancel` first: the next consumer would get newer messages before
    /// the unacknowledged ones return.
    func close() throws(BrokerError) {
        var limit = timeval(tv_sec: Self.closeSeconds, tv_usec: 0)
        try check(amqp_set_rpc_timeout(state, &limit), "close")
        try check(amqp_connection_close(state, AMQP_REPLY_SUCCESS), "close")
    }

    /// The next frame if one is there (`amqp_simple_wait_frame_noblock`); valid until the next call. Returns queued,
    /// buffered and decrypted frames before it reads the socket, and sends heartbeats that are due.
    func nextFrame() throws(BrokerError) -> UnsafePointer<amqp_frame_t>? {
        frame.initialize(to: amqp_frame_t())
        var now = timeval()
        let status = amqp_simple_wait_frame_noblock(state, frame, &now)
        if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
        try check(status, "read")
        return UnsafePointer(frame)
    }

    /// Sends a heartbeat (`amqp_send_frame`), while nothing is read: the library itself sends heartbeats only when it
    /// reads.
    func sendHeartbeat() throws(BrokerError) {
        var heartbeat = amqp_frame_t()
        heartbeat.frame_type = UInt8(AMQP_FRAME_HEARTBEAT)
        heartbeat.channel = 0
        try check(amqp_send_frame(state, &heartbeat), "heartbeat")
    }

    /// Asks for a queue passively. One that is not there closes the channel, which is opened again.
    func hasQueue(_ name: String) throws(BrokerError) -> Bool {
        defer { arena.reset() }
        _ = amqp_queue_declare(state, Self.channel, arena.bytes(name), 1, 0, 0, 0, amqp_table_t())
        let reply = amqp_get_rpc_reply(state)
        guard reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION, reply.reply.id == crabbitmq_channel_close.rawValue,
            let close = reply.reply.decoded?.assumingMemoryBound(to: amqp_channel_close_t.self).pointee,
            close.reply_code == Self.notFound
        else {
            try check(reply, "queue.declare")
            return true
        }
        var method = amqp_channel_close_ok_t()
        try check(
            amqp_send_method(state, Self.channel, crabbitmq_channel_close_ok.rawValue, &method), "channel.close-ok")
        _ = amqp_channel_open(state, Self.channel)
        try check(amqp_get_rpc_reply(state), "channel.open")
        return false
    }

    /// Frees the memory of frames that were copied.
    func releaseBuffers() { amqp_maybe_release_buffers(state) }

    func acknowledge(through tag: UInt64) throws(BrokerError) {
        try check(amqp_basic_ack(state, Self.channel, tag, 1), "basic.ack")
    }

    func acknowledge(only tag: UInt64) throws(BrokerError) {
        try check(amqp_basic_ack(state, Self.channel, tag, 0), "basic.ack")
    }

    /// Sends one message; blocks while the socket is full.
    func publish(_ message: OutgoingMessage) throws(BrokerError) {
        defer { arena.reset() }
        var properties = arena.properties(message.properties)
        let exchange = arena.bytes(message.exchange)
        let routingKey = arena.bytes(message.routingKey)
        let status = message.body.withUnsafeBytes { body in
            amqp_basic_publish(
                state, Self.channel, exchange, routingKey, message.mandatory ? 1 : 0, 0, &properties,
                amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
        }
        try check(status, "basic.publish")
    }

    /// Holds back half-filled packets while a burst is written: a publish is three sends. Uncorking also sends the
    /// bytes that the library holds back by `MSG_MORE` when a body is an exact multiple of 131,064 bytes.
    func cork(_ isOn: Bool) {
        if isPlain { setOption(TCP_CORK, isOn ? 1 : 0) }
    }

    func enableConfirms() throws(BrokerError) {
        _ = amqp_confirm_select(state, Self.channel)
        try check(amqp_get_rpc_reply(state), "confirm.select")
    }

    func consume(_ subscription: Subscription) throws(BrokerError) {
        defer { arena.reset() }
        if !subscription.noAck {
            _ = amqp_basic_qos(state, Self.channel, 0, subscription.prefetch, 0)
            try check(amqp_get_rpc_reply(state), "basic.qos")
        }
        _ = amqp_basic_consume(
            state, Self.channel, arena.bytes(subscription.queue), amqp_bytes_t(), 0, subscription.noAck ? 1 : 0,
            subscription.exclusive ? 1 : 0, amqp_table_t())
        try check(amqp_get_rpc_reply(state), "basic.consume")
    }

    /// Sends `basic.get`; the answer comes as a frame, in its place among deliveries.
    func get(queue: String) throws(BrokerError) {
        defer { arena.reset() }
        var method = amqp_basic_get_t(ticket: 0, queue: arena.bytes(queue), no_ack: 0)
        try check(amqp_send_method(state, Self.channel, crabbitmq_basic_get.rawValue, &method), "basic.get")
    }

    func declare(_ declaration: Declaration) throws(BrokerError) {
        defer { arena.reset() }
        switch declaration {
        case .exchange(let name, let kind, let durable, let arguments, let passive):
            _ = amqp_exchange_declare(
                state, Self.channel, arena.bytes(name), arena.bytes(kind), passive ? 1 : 0, durable ? 1 : 0, 0, 0,
                arena.table(arguments))
            try check(amqp_get_rpc_reply(state), "exchange.declare")
        case .queue(let name, let durable, let exclusive, let autoDelete, let arguments, let passive):
            _ = amqp_queue_declare(
                state, Self.channel, arena.bytes(name), passive ? 1 : 0, durable ? 1 : 0, exclusive ? 1 : 0,
                autoDelete ? 1 : 0, arena.table(arguments))
            try check(amqp_get_rpc_reply(state), "queue.declare")
        case .binding(let source, let queue, let key, let arguments):
            _ = amqp_queue_bind(
                state, Self.channel, arena.bytes(queue), arena.bytes(source), arena.bytes(key), arena.table(arguments))
            try check(amqp_get_rpc_reply(state), "queue.bind")
        case .exchangeBinding(let source, let destination, let key, let arguments):
            _ = amqp_exchange_bind(
                state, Self.channel, arena.bytes(destination), arena.bytes(source), arena.bytes(key),
                arena.table(arguments))
            try check(amqp_get_rpc_reply(state), "exchange.bind")
        }
    }

    private func setOption(_ option: Int32, _ value: Int32) {
        var value = value
        // Errors are ignored: the options affect only speed and how soon a dead peer is noticed.
        _ = setsockopt(descriptor, Int32(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func connect(_ state: amqp_connection_state_t, _ address: BrokerAddress) throws(BrokerError) {
        let socket: OpaquePointer?
        if let certificateAuthority = address.certificateAuthority {
            socket = amqp_ssl_socket_new(state)
            guard let socket else { throw BrokerError(.unreachable, "no TLS socket") }
            amqp_ssl_socket_set_verify_peer(socket, 1)
            amqp_ssl_socket_set_verify_hostname(socket, 1)
            let versions = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
            try check(versions, "TLS versions", otherwise: .unreachable)
            let authority = amqp_ssl_socket_set_cacert(socket, certificateAuthority)
            guard authority == AMQP_STATUS_OK.rawValue else {
                throw BrokerError(.invalidAddress, "cacertfile cannot be read")
            }
        } else {
            socket = amqp_tcp_socket_new(state)
        }
        var limit = timeval(tv_sec: connectSeconds, tv_usec: 0)
        let status = amqp_socket_open_noblock(socket, address.host, Int32(address.port), &limit)
        do {
            try check(status, "connect", otherwise: .unreachable)
        } catch {
            let isSocket = status == AMQP_STATUS_SOCKET_ERROR.rawValue
            let cause = isSocket ? connectCause(host: address.host, port: address.port) : nil
            let reason = cause.map { "connect: \($0)" } ?? error.reason
            throw BrokerError(error.kind, "\(reason) (\(address.host):\(address.port))")
        }
    }

    /// Logs in with the client's capabilities, of which the library announces few. Without them the broker reports
    /// neither that a queue is gone nor that publishing is blocked for lack of memory or disk.
    private static func login(
        _ state: amqp_connection_state_t, _ address: BrokerAddress, name: String, arena: EncodingArena
    ) throws(BrokerError) {
        defer { arena.reset() }
        var limit = timeval(tv_sec: callSeconds, tv_usec: 0)
        try check(amqp_set_handshake_timeout(state, &limit), "handshake limit", otherwise: .unreachable)
        try check(amqp_set_rpc_timeout(state, &limit), "call limit", otherwise: .unreachable)
        var capabilities = amqp_field_value_t()
        capabilities.kind = UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
        capabilities.value.table = arena.table([
            "publisher_confirms": .bool(true), "consumer_cancel_notify": .bool(true), "basic.nack": .bool(true),
            "connection.blocked": .bool(true), "exchange_exchange_bindings": .bool(true),
            "authentication_failure_close": .bool(true),
        ])
        var connectionName = amqp_field_value_t()
        connectionName.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
        connectionName.value.bytes = arena.bytes(name)
        var properties = arena.table([
            amqp_table_entry_t(key: arena.bytes("capabilities"), value: capabilities),
            amqp_table_entry_t(key: arena.bytes("connection_name"), value: connectionName),
        ])
        let reply = crabbitmq_login_plain(
            state, address.virtualHost, frameMaximumBytes, heartbeatSeconds, &properties, address.user,
            address.password)
        try check(reply, "login", otherwise: .unreachable)
        _ = amqp_channel_open(state, channel)
        try check(amqp_get_rpc_reply(state), "channel.open", otherwise: .unreachable)
    }
}
