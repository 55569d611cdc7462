/// `internal.consent-due`, consent → consent, subject = the contact: a grant of the contact's is to be followed up: it
/// runs out soon, or ran out, or the value kept since then is to be cleared (C7). The sender has compared the time with
/// the database's clock; the receiver acts on the contact's state.
package struct ConsentDueNotice: Sendable {
    /// Routing key.
    package static let type = "internal.consent-due"
    /// When it became due, in `data` microseconds since 1970.
    package let dueAt: Timestamp

    package init(dueAt: Timestamp) { self.dueAt = dueAt }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        dueAt = Timestamp(microseconds: try data.integer("dueAt", in: 0...Int64.max))
    }

    /// As `data`.
    package var json: JSON { ["dueAt": .number(String(dueAt.microseconds))] }
}
