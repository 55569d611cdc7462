public import Cryptography
import FoundationEssentials
import Models
import RabbitMQ

/// Bytes of the headers that a dead letter keeps; a sender's own headers are some hundreds.
private let headersLimit = 32_768
/// The requests that carry values: `vault.store` sealed ones, of which a mistaken sender may have left one in the clear
/// (X4), `vault.find` the text that is searched for, which is the end of a number or a name.
private let typesWithValues: Set<String> = ["vault.store", "vault.find"]

/// A message that could not be accepted, on its way into the table `letter` (Q2).
struct Letter: Sendable {
    let id: UUID
    /// Names the message: by source, id and body, or by the body alone.
    let key: [UInt8]
    let incoming: Incoming
    let refusal: Refusal
    /// Nil: a body that must not be kept, or for which there is no room.
    let body: [UInt8]?
    /// The same message came so often in this batch.
    var count = 1

    /// - Parameter room: bytes of bodies that may still be kept.
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

    /// The fact of a letter that no batch has made.
    func event(by service: SuiteService, sequence: Int64, at now: Timestamp) -> Event {
        Event(
            id: newID(at: now), source: service.source, type: Self.factType, subject: incoming.contact ?? "-",
            time: now,
            sequence: UInt64(sequence), data: fact(by: service))
    }

    /// Tells the publisher.
    static let factType = "message.refused"

    /// The data of the fact.
    func fact(by service: SuiteService) -> JSON {
        JSON(present: [
            "service": .string(service.rawValue), "message": .text(incoming.identity?.id.text),
            "source": .text(incoming.identity?.source), "messageType": .string(incoming.type),
            "code": .string(refusal.code.rawValue), "pointer": .text(refusal.pointer),
        ])
    }

    /// A request with values, whatever is wrong with it, or a body that names a sensitive field anywhere, as a member
    /// or, where it cannot be read, in quotes.
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

    /// Those that mean something to the suite; others may hold a token or a value.
    private static let keptHeaders: Set<String> = ["partitionkey", "traceparent"]

    /// AMQP properties and headers as JSON, without the user's token.
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

/// Seals the bodies of dead letters under the service's own key file.
public struct LetterSeal: Sendable {
    private let keys: @Sendable () -> KeyRing

    /// - Parameter keys: `LETTER_KEY_FILE` as it is now, each service its own.
    public init(_ keys: @escaping @Sendable () -> KeyRing) { self.keys = keys }

    func seal(_ body: [UInt8], letter: UUID) -> [UInt8] {
        let key = keys().current
        return [UInt8(key.version >> 8), UInt8(key.version & 0xFF)]
            + key.encryption.seal(body, associatedData: letter.bytes)
    }

    /// Nil where the key's version is gone or the row was changed.
    func open(_ sealed: [UInt8], letter: UUID) -> [UInt8]? {
        guard sealed.count > 2, let key = keys().key(version: Int(sealed[0]) << 8 | Int(sealed[1])) else { return nil }
        return try? key.encryption.open(Array(sealed.dropFirst(2)), associatedData: letter.bytes)
    }
}
