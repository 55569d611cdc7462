/// The mails by which consent tells contacts of their page and of consents on it. They count as ad hoc (O9).
package enum NoticeMail: String, Sendable, CaseIterable {
    /// Tells of the page (P3).
    case invitation
    /// Lists consents that are new on the page, or have a new text (P3).
    case newConsents = "new-consents"
    /// Lists grants that run out, and asks to renew them (C7).
    case renewal
}

/// A consent that such a mail lists.
package struct NoticeItem: Sendable, Equatable {
    /// Why the mail lists it.
    package enum Reason: Sendable, Equatable {
        /// The page did not show it before.
        case new
        /// Its text has a new version.
        case newText
        /// The grant ends at this time.
        case runsOut(Timestamp)
    }

    package let consent: String
    package let reason: Reason

    package init(_ consent: String, _ reason: Reason) {
        self.consent = consent
        self.reason = reason
    }

    /// From an object.
    init(reading data: Reader) throws(Refusal) {
        consent = try data.name("consent")
        switch try data.text("reason", limit: 32) {
        case "new": reason = .new
        case "new-text": reason = .newText
        case "runs-out": reason = .runsOut(try data.timestamp("end"))
        default: throw data.refusal("reason", "is not known")
        }
    }

    /// As an object.
    package var json: JSON {
        switch reason {
        case .new: ["consent": .string(consent), "reason": "new"]
        case .newText: ["consent": .string(consent), "reason": "new-text"]
        case .runsOut(let end):
            ["consent": .string(consent), "reason": "runs-out", "end": .string(end.rfc3339)]
        }
    }
}

extension Reader {
    /// The consents in an array.
    package func noticeItems(_ name: String) throws(Refusal) -> [NoticeItem] {
        var items: [NoticeItem] = []
        for (json, pointer) in try array(name, limit: PageChange.limit) {
            items.append(try NoticeItem(reading: try Reader(json, at: pointer)))
        }
        return items
    }
}
