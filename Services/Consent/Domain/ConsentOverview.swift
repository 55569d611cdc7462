package import Models

extension ConsentContact {
    /// The result of `consent.show`.
    package func overview(of consents: [DeclaredConsent]) throws(Refusal) -> JSON {
        guard exists else { throw ConsentContact.neverCreated }
        let attributes = attributes.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) }
        return [
            "locale": .text(locale) ?? .null, "attributes": .object(attributes), "processing": "active",
            "erasure": "none", "decisions": .array(consents.map(decision)), "pending": [],
        ]
    }

    /// Whether the use is allowed now, the default applied.
    package func isAllowed(_ consent: DeclaredConsent) -> Bool {
        decisions[consent.name].map { $0.choice == .granted } ?? consent.isGrantedByDefault
    }

    private func decision(on consent: DeclaredConsent) -> JSON {
        let decision = decisions[consent.name]
        return JSON(present: [
            "consent": .string(consent.name), "decision": .string(decision?.choice.rawValue ?? "none"),
            "effective": .bool(isAllowed(consent)), "decidedAt": .text(decision?.decidedAt.rfc3339),
            "textVersion": .text(decision?.textVersion), "channel": .text(decision?.channel),
            "index": .text(decision?.index.description),
        ])
    }
}
