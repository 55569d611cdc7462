package import FoundationEssentials

/// A CloudEvents 1.0 event in JSON, the form of every message (contract section 1).
package struct Event: Sendable {
    /// The message's id: two messages with the same `source` and `id` within 14 days are one message.
    package let id: UUID
    /// The publisher, such as `/crm` or `/assent/optin`.
    package let source: String
    /// The event's type, such as `contact.created`; also the routing key.
    package let type: String
    /// The contact's id, save where the data names several or none.
    package let subject: String
    /// When it was made.
    package let time: Timestamp
    /// Rises per source and contact: of two facts about the same thing the higher counts.
    package let sequence: UInt64?
    package let data: JSON

    package init(
        id: UUID, source: String, type: String, subject: String, time: Timestamp, sequence: UInt64? = nil, data: JSON
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.subject = subject
        self.time = time
        self.sequence = sequence
        self.data = data
    }

    /// The media type of a message's body.
    package static let contentType = "application/cloudevents+json"

    /// Reads a message's body. A mistake is refused as `malformed`, with a pointer where one value is at fault.
    package init(parsing body: [UInt8]) throws(Refusal) {
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw Refusal(
                .malformed, "not JSON: \(error.message), at byte \(error.offset)",
                at: error.pointer.isEmpty ? nil : error.pointer)
        }
        try self.init(json)
    }

    /// Reads an event that is parsed already.
    package init(_ json: JSON) throws(Refusal) {
        guard case .object(let members) = json else { throw Refusal(.malformed, "must be an object", at: "") }
        var fields = EnvelopeFields()
        for member in members { fields.take(member) }
        guard fields.specversion == "1.0" else { throw malformed("specversion", "must be 1.0") }
        guard let idText = fields.id, let id = UUID(uuidString: idText) else { throw malformed("id", "must be a UUID") }
        guard let source = fields.source, (1...256).contains(source.utf8.count) else {
            throw malformed("source", "must be a string of 1 to 256 bytes")
        }
        guard let type = fields.type, (1...128).contains(type.utf8.count) else {
            throw malformed("type", "must be a string of 1 to 128 bytes")
        }
        guard let subject = fields.subject, (1...256).contains(subject.utf8.count) else {
            throw malformed("subject", "must be a string of 1 to 256 bytes")
        }
        guard let timeText = fields.time, let time = Timestamp(rfc3339: timeText) else {
            throw malformed("time", "must be a time as in RFC 3339")
        }
        guard fields.contentType.map(isJSON) ?? true else {
            throw malformed("datacontenttype", "must be application/json")
        }
        guard let data = fields.data, case .object = data else { throw malformed("data", "must be an object") }
        self.init(
            id: id, source: source, type: type, subject: subject, time: time,
            sequence: fields.sequence.flatMap { UInt64($0) }, data: data)
    }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        func append(_ name: StaticString, _ value: String) {
            name.withUTF8Buffer { bytes.append(contentsOf: $0) }
            JSON.write(value, to: &bytes)
        }
        append(#"{"specversion":"1.0","id":"#, id.text)
        append(#","source":"#, source)
        append(#","type":"#, type)
        append(#","subject":"#, subject)
        append(#","time":"#, time.rfc3339)
        if let sequence {
            let digits = String(sequence)
            append(#","sequence":"#, String(repeating: "0", count: 20 - digits.utf8.count) + digits)
        }
        bytes.append(contentsOf: #","datacontenttype":"application/json","data":"#.utf8)
        data.write(to: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

private struct EnvelopeFields {
    var specversion, id, source, type, subject, time, contentType, sequence: String?
    var data: JSON?

    mutating func take(_ member: JSON.Member) {
        switch member.name {
        case "specversion": specversion = member.value.text
        case "id": id = member.value.text
        case "source": source = member.value.text
        case "type": type = member.value.text
        case "subject": subject = member.value.text
        case "time": time = member.value.text
        case "datacontenttype": contentType = member.value.text ?? ""
        case "sequence": sequence = member.value.text
        case "data": data = member.value
        default: break  // an attribute of CloudEvents or of a later version that this one does not use
        }
    }
}

/// Whether a media type is `application/json`; parameters such as `charset=utf-8` do not change how JSON is read (RFC
/// 8259 section 11), and case does not matter (RFC 9110 section 8.3.1).
private func isJSON(_ contentType: String) -> Bool {
    let mediaType = contentType.prefix { $0 != ";" }
    return mediaType.lowercased().filter { $0 != " " && $0 != "\t" } == "application/json"
}

private func malformed(_ name: String, _ message: String) -> Refusal {
    Refusal(.malformed, message, at: "/" + name)
}

extension UUID {
    /// The text in lower case, as RFC 9562 writes it.
    package var text: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
            text.append(hexadecimalDigit(byte >> 4))
            text.append(hexadecimalDigit(byte & 15))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Its 16 bytes.
    package var bytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }

    /// From 16 bytes; nil from any other number.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes) }
        self.init(uuid: value)
    }

    /// A version 7 UUID (RFC 9562): ids of one time lie side by side in an index, and 74 bits of it are random.
    package static func timeOrdered(at time: Timestamp, random: [UInt8]) -> UUID {
        var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let milliseconds = UInt64(max(0, time.microseconds / 1000))
        withUnsafeMutableBytes(of: &value) { bytes in
            for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64(index))) }
            for index in 6..<16 { bytes[index] = random[index - 6] }
            bytes[6] = bytes[6] & 0x0F | 0x70
            bytes[8] = bytes[8] & 0x3F | 0x80
        }
        return UUID(uuid: value)
    }

    /// The time in a version 7 UUID, in whole milliseconds; nil for any other version.
    package var time: Timestamp? {
        let bytes = bytes
        guard bytes[6] >> 4 == 7 else { return nil }
        return Timestamp(microseconds: bytes[..<6].reduce(0) { $0 << 8 | Int64($1) } * 1000)
    }
}

private func hexadecimalDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }

extension Reader {
    package func uuid(_ name: String) throws(Refusal) -> UUID {
        guard let uuid = UUID(uuidString: try text(name, limit: 36)) else { throw refusal(name, "must be a UUID") }
        return uuid
    }
}
