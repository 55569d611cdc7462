public import Models

/// A consent that the configuration declares, as far as it answers for a contact who has not decided.
public struct DeclaredConsent: Sendable, Equatable {
    /// Its name in messages.
    public let name: String
    /// Whether the use is allowed before a decision.
    public let isGrantedByDefault: Bool

    /// A declared consent.
    public init(name: String, isGrantedByDefault: Bool) {
        self.name = name
        self.isGrantedByDefault = isGrantedByDefault
    }
}

extension ConsentContact {
    /// The result of `consent.show`.
    public func overview(of consents: [DeclaredConsent]) throws(Refusal) -> JSON {
        guard isKnown else { throw ConsentContact.neverCreated }
        let attributes = attributes.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) }
        let decisions = consents.map { consent -> JSON in
            ["consent": .string(consent.name), "decision": "none", "effective": .bool(consent.isGrantedByDefault)]
        }
        return [
            "locale": .text(locale) ?? .null, "attributes": .object(attributes), "processing": "active",
            "erasure": "none", "decisions": .array(decisions), "pending": [],
        ]
    }
}
