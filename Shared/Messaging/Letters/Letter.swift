package import Cryptography
import FoundationEssentials
import Models
import RabbitMQ

/// Bytes of headers that a dead letter stores at most; a typical sender's headers have some hundred bytes.
private let headersLimit = 32_768
/// The requests that contain values: `vault.store` sealed ones, of which a faulty sender may have left one unencrypted
/// (X4), `vault.find` the searched text, which is the end of a number or a name.
private let typesWithValues: Set<String> = ["vault.store", "vault.find"]

/// A message that could not be accepted, to be stored in the table `dead_letter` (Q2).
struct Letter: Sendable {
    let id: UUID
    /// Identifies the message: a hash of source, id and body, or of the body alone if the others cannot be read.
    let key: [UInt8]
    let incoming: Incoming
    let refusal: Refusal
    /// The body; nil if it must not be stored or exceeds the room.
    let body: [UInt8]?
    /// How often the message came in this batch.
    var count = 1

    /// Creates a letter.
    ///
    /// - Parameter room: bytes of bodies that may still be stored.
    init(id: UUID, _ incoming: Incoming, _ refusal: Refusal, sensitive: SensitiveNames, room: Int64) {
        self.id = id
        self.incoming = incoming
        self.refusal = refusal
        let body = incoming.delivery.body
        var named = [UInt8]()
        if let identity = incoming.identity { named = Array("\(identity.source)\0\(identity.id.text)\0".utf8) }
        key = Digest.sha256(named + Digest.sha256(body))
        let dropsBody = refusal.dropsBody || [.erased, .tooLarge].contains(refusal.code)
        let isKept = !dropsBody && Int64(body.count) <= room && !Self.holdsSensitiveValue(incoming, sensitive)
        self.body = isKept ? body : nil
    }

    /// Returns the fact about a letter that was created outside of a batch.
    func event(by service: SuiteService, sequence: Int64, at now: Timestamp) -> Event {
        Event(
            id: newID(at: now), source: service.source, type: Self.factType, subject: incoming.contact ?? "-",
            time: now,
            sequence: UInt64(sequence), data: fact(by: service))
    }

    /// The type of the fact that notifies the publisher.
    static let factType = "message.refused"

    /// The data of the fact.
    func fact(by service: SuiteService) -> JSON {
        JSON(present: [
            "service": .string(service.rawValue), "message": .text(incoming.identity?.id.text),
            "source": .text(incoming.identity?.source), "messageType": .string(incoming.type),
            "code": .string(refusal.code.rawValue), "pointer": .text(refusal.pointer),
        ])
    }

    /// Returns whether the body may contain a sensitive value: in a request that contains values, or in a body that
    /// names a sensitive field, as a member or, if the body cannot be parsed, in quotes.
    private static func holdsSensitiveValue(_ incoming: Incoming, _ sensitive: SensitiveNames) -> Bool {
        if typesWithValues.contains(incoming.type) { return true }
        guard let json = try? JSON(parsing: incoming.delivery.body) else {
            return sensitive.stand(inQuotesOf: String(decoding: incoming.delivery.body, as: UTF8.self))
        }
        return holds(json, sensitive)
    }

    private static func holds(_ json: JSON, _ sensitive: SensitiveNames) -> Bool {
        if let members = json.members {
            return members.contains { sensitive.contains($0.name) || holds($0.value, sensitive) }
        }
        return json.elements?.contains { holds($0, sensitive) } ?? false
    }

    /// The headers that are stored. Others may contain a token or a value.
    private static let keptHeaders: Set<String> = ["partitionkey", "traceparent"]

    /// The AMQP properties and stored headers as JSON, without the user's token.
    var properties: JSON {
        let properties = incoming.delivery.properties
        var headers = properties.headers.filter { name, _ in Self.keptHeaders.contains(name) }
            .compactMapValues { (value: HeaderValue) -> JSON? in
                switch value {
                case .string(let text): .string(text.storable)
                case .bool(let value): .bool(value)
                case .integer(let value): .number(String(value))
                case .other: nil
                }
            }
        if headers.reduce(0, { $0 + $1.key.utf8.count + $1.value.bytes.count }) > headersLimit { headers = [:] }
        let members = headers.sorted { $0.key < $1.key }.map { JSON.Member($0.key.storable, $0.value) }
        return JSON(present: [
            "contentType": .text(properties.contentType?.storable), "messageId": .text(properties.messageID?.storable),
            "correlationId": .text(properties.correlationID?.storable), "replyTo": .text(properties.replyTo?.storable),
            "type": .text(properties.type?.storable), "headers": .object(members),
        ])
    }
}

/// Encrypts the bodies of dead letters with the service's own key file.
package struct LetterSeal: Sendable {
    private let keys: @Sendable () -> KeyRing

    /// Creates a seal.
    ///
    /// - Parameter keys: returns the current keys of `LETTER_KEY_FILE`; each service has its own file.
    package init(_ keys: @escaping @Sendable () -> KeyRing) { self.keys = keys }

    func seal(_ body: [UInt8], letter: UUID) -> [UInt8] {
        let key = keys().current
        return [UInt8(key.version >> 8), UInt8(key.version & 0xFF)]
            + key.encryption.seal(body, associatedData: letter.bytes)
    }

    /// Returns nil if the key's version no longer exists or the row was changed.
    func open(_ sealed: [UInt8], letter: UUID) -> [UInt8]? {
        guard sealed.count > 2, let key = keys().key(version: Int(sealed[0]) << 8 | Int(sealed[1])) else { return nil }
        return try? key.encryption.open(Array(sealed.dropFirst(2)), associatedData: letter.bytes)
    }
}
