import CRabbitMQ

/// Memory for the values that a library call points to; `reset` frees all of it.
final class EncodingArena {
    /// Bytes: enough for the properties of almost any message.
    private static let blockSize = 16_384

    private let first = UnsafeMutableRawPointer.allocate(byteCount: blockSize, alignment: 16)
    private var used = 0
    private var extra: [UnsafeMutableRawPointer] = []

    deinit {
        reset()
        first.deallocate()
    }

    func reset() {
        used = 0
        for block in extra { block.deallocate() }
        extra.removeAll(keepingCapacity: true)
    }

    private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let rounded = (byteCount + 15) & ~15
        if used + rounded <= Self.blockSize {
            defer { used += rounded }
            return first + used
        }
        let block = UnsafeMutableRawPointer.allocate(byteCount: rounded, alignment: 16)
        extra.append(block)
        return block
    }

    func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { source in
            guard let start = source.baseAddress, !source.isEmpty else { return amqp_bytes_t() }
            let copy = allocate(source.count)
            copy.copyMemory(from: start, byteCount: source.count)
            return amqp_bytes_t(len: source.count, bytes: copy)
        }
    }

    /// A table; values of `.other` are left out.
    func table(_ values: [String: HeaderValue]) -> amqp_table_t {
        var entries: [amqp_table_entry_t] = []
        entries.reserveCapacity(values.count)
        for (name, value) in values {
            var field = amqp_field_value_t()
            switch value {
            case .string(let text):
                field.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                field.value.bytes = bytes(text)
            case .integer(let number):
                field.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
                field.value.i64 = number
            case .bool(let isTrue):
                field.kind = UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue)
                field.value.boolean = isTrue ? 1 : 0
            case .other:
                continue
            }
            entries.append(amqp_table_entry_t(key: bytes(name), value: field))
        }
        return table(entries)
    }

    /// A table that holds tables, for the client's properties.
    func table(_ entries: [amqp_table_entry_t]) -> amqp_table_t {
        guard !entries.isEmpty else { return amqp_table_t() }
        let memory = allocate(entries.count * MemoryLayout<amqp_table_entry_t>.stride)
            .bindMemory(to: amqp_table_entry_t.self, capacity: entries.count)
        for (index, entry) in entries.enumerated() { (memory + index).initialize(to: entry) }
        return amqp_table_t(num_entries: Int32(entries.count), entries: memory)
    }

    func properties(_ properties: Properties) -> amqp_basic_properties_t {
        var result = amqp_basic_properties_t()
        var flags: amqp_flags_t = 0
        func set(_ text: String?, _ flag: Int32, _ field: inout amqp_bytes_t) {
            guard let text else { return }
            flags |= amqp_flags_t(flag)
            field = bytes(text)
        }
        set(properties.contentType, AMQP_BASIC_CONTENT_TYPE_FLAG, &result.content_type)
        set(properties.messageID, AMQP_BASIC_MESSAGE_ID_FLAG, &result.message_id)
        set(properties.userID, AMQP_BASIC_USER_ID_FLAG, &result.user_id)
        set(properties.correlationID, AMQP_BASIC_CORRELATION_ID_FLAG, &result.correlation_id)
        set(properties.replyTo, AMQP_BASIC_REPLY_TO_FLAG, &result.reply_to)
        set(properties.expiration, AMQP_BASIC_EXPIRATION_FLAG, &result.expiration)
        set(properties.type, AMQP_BASIC_TYPE_FLAG, &result.type)
        if let deliveryMode = properties.deliveryMode {
            flags |= amqp_flags_t(AMQP_BASIC_DELIVERY_MODE_FLAG)
            result.delivery_mode = deliveryMode
        }
        if let timestamp = properties.timestamp {
            flags |= amqp_flags_t(AMQP_BASIC_TIMESTAMP_FLAG)
            result.timestamp = timestamp
        }
        if !properties.headers.isEmpty {
            flags |= amqp_flags_t(AMQP_BASIC_HEADERS_FLAG)
            result.headers = table(properties.headers)
        }
        result._flags = flags
        return result
    }
}
