import CRabbitMQ

/// Turns the library's return codes into errors; all of them are checked here.
func check(
    _ status: Int32, _ operation: StaticString, otherwise kind: BrokerError.Kind = .lost
) throws(BrokerError) {
    guard status < 0 else { return }
    let isUntrusted =
        status == AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED.rawValue
        || status == AMQP_STATUS_SSL_PEER_VERIFY_FAILED.rawValue
    let words = amqp_error_string2(status).map { String(cString: $0) } ?? "status \(status)"
    throw BrokerError(isUntrusted ? .untrusted : kind, "\(operation): \(words)")
}

/// Turns the replies of calls that wait for the broker's answer into errors.
func check(
    _ reply: amqp_rpc_reply_t, _ operation: StaticString, otherwise kind: BrokerError.Kind = .lost
) throws(BrokerError) {
    switch reply.reply_type {
    case AMQP_RESPONSE_NORMAL: return
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
        if reply.library_error == AMQP_STATUS_TIMEOUT.rawValue {
            throw BrokerError(.timedOut, "\(operation): no answer")
        }
        try check(reply.library_error, operation, otherwise: kind)
        throw BrokerError(kind, "\(operation): unknown failure")
    case AMQP_RESPONSE_SERVER_EXCEPTION: throw closing(reply.reply, operation)
    default: throw BrokerError(kind, "\(operation): the connection ended")
    }
}

/// The error in a `channel.close` or a `connection.close`.
func closing(_ method: amqp_method_t, _ operation: StaticString) -> BrokerError {
    let code: Int
    let text: amqp_bytes_t
    if method.id == crabbitmq_channel_close.rawValue,
        let close = method.decoded?.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
    {
        (code, text) = (Int(close.reply_code), close.reply_text)
    } else if method.id == crabbitmq_connection_close.rawValue,
        let close = method.decoded?.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
    {
        (code, text) = (Int(close.reply_code), close.reply_text)
    } else {
        return BrokerError(.lost, "\(operation): unexpected method \(method.id)")
    }
    let words = String(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.len), as: UTF8.self)
    // An operator or a broker that shuts down closes with CONNECTION_FORCED: this client made no mistake, so the
    // connection counts as lost.
    let kind: BrokerError.Kind = code == Int(AMQP_CONNECTION_FORCED) ? .lost : .refused(code: code)
    return BrokerError(kind, "\(operation): \(code) \(words)")
}
