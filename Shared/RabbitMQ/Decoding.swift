import CRabbitMQ
import Glibc

/// Copies the library's structures into Swift values. Repeated texts (exchange, routing key, media type, names of
/// headers) come out of a small cache, so that most messages allocate no string for them.
struct Decoder {
    /// A power of two; the services know a few dozen such texts.
    private static let slotCount = 256
    /// Longer texts are rarely the same twice.
    private static let cachedLength = 64

    private var cache = [String](repeating: "", count: slotCount)

    func text(_ bytes: amqp_bytes_t) -> String {
        String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }

    mutating func repeatedText(_ bytes: amqp_bytes_t) -> String {
        guard let start = bytes.bytes, bytes.len > 0, bytes.len <= Self.cachedLength else { return text(bytes) }
        let source = UnsafeRawBufferPointer(start: start, count: bytes.len)
        var hash = UInt32(truncatingIfNeeded: bytes.len)
        for byte in source { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let slot = Int(hash >> 8) & (Self.slotCount - 1)
        let isSame = cache[slot].utf8.withContiguousStorageIfAvailable { cached in
            guard cached.count == source.count, let cachedStart = cached.baseAddress else { return false }
            return memcmp(cachedStart, start, source.count) == 0
        }
        if isSame != true { cache[slot] = text(bytes) }
        return cache[slot]
    }

    mutating func properties(_ source: amqp_basic_properties_t) -> Properties {
        func has(_ flag: Int32) -> Bool { source._flags & amqp_flags_t(flag) != 0 }
        var result = Properties()
        if has(AMQP_BASIC_CONTENT_TYPE_FLAG) { result.contentType = repeatedText(source.content_type) }
        if has(AMQP_BASIC_DELIVERY_MODE_FLAG) { result.deliveryMode = source.delivery_mode }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { result.messageID = text(source.message_id) }
        if has(AMQP_BASIC_USER_ID_FLAG) { result.userID = repeatedText(source.user_id) }
        if has(AMQP_BASIC_CORRELATION_ID_FLAG) { result.correlationID = text(source.correlation_id) }
        if has(AMQP_BASIC_REPLY_TO_FLAG) { result.replyTo = text(source.reply_to) }
        if has(AMQP_BASIC_EXPIRATION_FLAG) { result.expiration = repeatedText(source.expiration) }
        if has(AMQP_BASIC_TYPE_FLAG) { result.type = repeatedText(source.type) }
        if has(AMQP_BASIC_TIMESTAMP_FLAG) { result.timestamp = source.timestamp }
        if has(AMQP_BASIC_HEADERS_FLAG) { result.headers = table(source.headers) }
        return result
    }

    private mutating func table(_ table: amqp_table_t) -> [String: HeaderValue] {
        let count = Int(table.num_entries)
        guard let entries = table.entries, count > 0 else { return [:] }
        var result = [String: HeaderValue](minimumCapacity: count)
        for index in 0..<count { result[repeatedText(entries[index].key)] = value(entries[index].value) }
        return result
    }

    private func value(_ field: amqp_field_value_t) -> HeaderValue {
        switch amqp_field_value_kind_t(rawValue: UInt32(field.kind)) {
        case AMQP_FIELD_KIND_UTF8, AMQP_FIELD_KIND_BYTES: .string(text(field.value.bytes))
        case AMQP_FIELD_KIND_BOOLEAN: .bool(field.value.boolean != 0)
        case AMQP_FIELD_KIND_I8: .integer(Int64(field.value.i8))
        case AMQP_FIELD_KIND_U8: .integer(Int64(field.value.u8))
        case AMQP_FIELD_KIND_I16: .integer(Int64(field.value.i16))
        case AMQP_FIELD_KIND_U16: .integer(Int64(field.value.u16))
        case AMQP_FIELD_KIND_I32: .integer(Int64(field.value.i32))
        case AMQP_FIELD_KIND_U32: .integer(Int64(field.value.u32))
        case AMQP_FIELD_KIND_I64: .integer(field.value.i64)
        case AMQP_FIELD_KIND_U64: Int64(exactly: field.value.u64).map(HeaderValue.integer) ?? .other
        default: .other
        }
    }
}
