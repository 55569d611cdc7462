package import Models

extension ConsentContact {
    /// The result of `consent.show`.
    package func overview(of consents: [DeclaredConsent], at now: Timestamp) throws(Refusal) -> JSON {
        guard exists else { throw ConsentContact.neverCreated }
        let attributes = attributes.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) }
        return [
            "locale": .text(locale) ?? .null, "attributes": .object(attributes),
            "processing": .string(processing.rawValue), "erasure": .string(erasure.value.rawValue),
            "decisions": .array(consents.map(decision)),
            "pending": .array(
                pending(at: now).map { wanted, submission in
                    [
                        "name": .string(wanted.change.name), "value": .string(wanted.change.value),
                        "expiresAt": .string(submission.expiresAt.rfc3339),
                    ]
                }),
        ]
    }

    /// Whether the use is allowed now, the default applied. Of a stopped contact nothing is (C4).
    package func isAllowed(_ consent: DeclaredConsent) -> Bool {
        processing == .active && isGranted(consent)
    }

    func isGranted(_ consent: DeclaredConsent) -> Bool {
        (decisions[consent.name]?.choice ?? choices[consent.name]).map { $0 == .granted } ?? consent.isGrantedByDefault
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
