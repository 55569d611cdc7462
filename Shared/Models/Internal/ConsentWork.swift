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

/// `internal.tell`, consent → consent, subject = the contact: decide whether the contact is to be told of the page or
/// of consents on it (P3).
package struct TellNotice: Sendable {
    /// Routing key.
    package static let type = "internal.tell"
    /// The configuration in force; a receiver with another one leaves the contact alone.
    package let configuration: String
    /// When the mail that gathers became due; nil: the configuration is new.
    package let dueAt: Timestamp?

    package init(configuration: String, dueAt: Timestamp? = nil) {
        self.configuration = configuration
        self.dueAt = dueAt
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        configuration = try data.text("configuration", limit: 64)
        dueAt =
            data.optional("dueAt") == nil
            ? nil : Timestamp(microseconds: try data.integer("dueAt", in: 0...Int64.max))
    }

    /// As `data`.
    package var json: JSON {
        JSON(present: [
            "configuration": .string(configuration), "dueAt": dueAt.map { .number(String($0.microseconds)) },
        ])
    }
}

/// `internal.invite-page`, consent → consent, subject = the contact: one contact of a `consent.invite`. Its data is a
/// `JobItem`.
package enum InvitePage {
    /// Routing key.
    package static let type = "internal.invite-page"
}
