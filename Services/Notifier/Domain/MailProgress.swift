package import Models

/// The progress of a campaign (N4).
package struct MailProgress: Sendable, Equatable {
    private var queued: Int64
    private var counts: [MailOutcome.Result: Int64] = [:]
    private var suppressed: [String: Int64] = [:]

    /// A campaign with this number of recipients, none of whose mails has ended.
    package init(recipients: Int64) { queued = recipients }

    /// Counts mails with the same outcome.
    package mutating func add(_ count: Int64, ended result: MailOutcome.Result, reason: String?) {
        queued -= count
        counts[result, default: 0] += count
        if result == .suppressed { suppressed[reason ?? "unknown", default: 0] += count }
    }

    /// The result of `mail.progress`.
    package var json: JSON {
        let reasons = suppressed.sorted { $0.key < $1.key }.map { JSON.Member($0.key, Self.number($0.value)) }
        return [
            "queued": Self.number(max(0, queued)), "sent": Self.number(counts[.sent] ?? 0),
            "suppressed": .object(reasons), "failed": Self.number(counts[.failed] ?? 0),
            "unknown": Self.number(counts[.unknown] ?? 0),
        ]
    }

    private static func number(_ value: Int64) -> JSON { .number(String(value)) }
}
