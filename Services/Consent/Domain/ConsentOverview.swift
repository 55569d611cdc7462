package import Models

extension ConsentContact {
    /// The result of `consent.show`.
    package func overview(of consents: [DeclaredConsent], at now: Timestamp) throws(Refusal) -> JSON {
        guard exists else { throw ConsentContact.neverCreated }
        let attributes = attributes.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) }
        return [
            "locale": .text(locale) ?? .null, "attributes": .object(attributes),
            "processing": .string(processing.rawValue), "erasure": .string(erasure.value.rawValue),
            "decisions": .array(consents.map { decision(on: $0, at: now) }),
            "pending": .array(
                pending(at: now).map { wanted, submission in
                    [
                        "name": .string(wanted.change.name), "value": .string(wanted.change.value),
                        "expiresAt": .string(submission.expiresAt.rfc3339),
                    ]
                }),
        ]
    }

    /// Whether the use is allowed at this time, the default applied. Of a stopped contact nothing is (C4), and a grant
    /// ends at its end even if the suite has not recorded that yet (C7).
    package func isAllowed(_ consent: DeclaredConsent, at now: Timestamp) -> Bool {
        processing == .active && isGranted(consent, at: now)
    }

    func isGranted(_ consent: DeclaredConsent, at now: Timestamp) -> Bool {
        guard let choice = decisions[consent.name]?.choice ?? choices[consent.name] else {
            return consent.isGrantedByDefault
        }
        return choice == .granted && end(of: consent).map { now < $0 } ?? true
    }

    private func decision(on consent: DeclaredConsent, at now: Timestamp) -> JSON {
        let decision = decisions[consent.name]
        return JSON(present: [
            "consent": .string(consent.name), "decision": .string(decision?.choice.rawValue ?? "none"),
            "effective": .bool(isAllowed(consent, at: now)), "decidedAt": .text(decision?.decidedAt.rfc3339),
            "textVersion": .text(decision?.textVersion), "channel": .text(decision?.channel),
            "index": .text(decision?.index.description),
        ])
    }
}
