/// `internal.email-choices`, web → opt-in, subject = the contact: asks what the contact's page shows of e-mail (P1).
package enum EmailChoicesQuestion {
    /// Routing key.
    package static let type = "internal.email-choices"
}

/// The answer to `internal.email-choices`; of a contact that opt-in does not know, the status is `none`.
package struct EmailChoices: Sendable, Equatable {
    /// The opt-in status (O1).
    package let status: String
    /// When the status began; nil before the contact exists.
    package let since: Timestamp?
    /// The reason of the change to the status (`Change.Reason`); nil at the beginning.
    package let reason: String?
    /// The sentence that the contact saw when the status changed.
    package let text: String?
    /// The web form that came before a confirmation: its time, its name and the sentence beside its box.
    package let form: Form?
    /// Names of the lists subscribed to (O10).
    package let lists: [String]
    /// Whether a double-opt-in mail waits for the contact's answer.
    package let isConfirmationPending: Bool
    /// Whether nothing but the contact's own requests goes to the address (O14).
    package let isUndeliverable: Bool

    /// A web form with the marketing box ticked.
    package struct Form: Sendable, Equatable {
        package let at: Timestamp
        package let name: String?
        package let text: String?

        package init(at: Timestamp, name: String?, text: String?) {
            self.at = at
            self.name = name
            self.text = text
        }
    }

    package init(
        status: String, since: Timestamp? = nil, reason: String? = nil, text: String? = nil, form: Form? = nil,
        lists: [String] = [], isConfirmationPending: Bool = false, isUndeliverable: Bool = false
    ) {
        self.status = status
        self.since = since
        self.reason = reason
        self.text = text
        self.form = form
        self.lists = lists
        self.isConfirmationPending = isConfirmationPending
        self.isUndeliverable = isUndeliverable
    }

    /// From the reply's `data`.
    package init(reading data: Reader) throws(Refusal) {
        status = try data.name("status")
        since = try data.optionalMicroseconds("since")
        reason = try data.optionalText("reason", limit: 64)
        text = try data.optionalText("text")
        if data.optional("form") == nil {
            form = nil
        } else {
            let reader = try data.object("form")
            form = Form(
                at: try reader.optionalMicroseconds("at") ?? Timestamp(microseconds: 0),
                name: try reader.optionalText("name", limit: 256), text: try reader.optionalText("text"))
        }
        lists = try data.names("lists", limit: 1000)
        isConfirmationPending = try data.bool("isConfirmationPending")
        isUndeliverable = try data.bool("isUndeliverable")
    }

    /// As the reply's result.
    package var json: JSON {
        JSON(present: [
            "status": .string(status), "since": since.map { .number("\($0.microseconds)") }, "reason": .text(reason),
            "text": .text(text),
            "form": form.map {
                JSON(present: ["at": .number("\($0.at.microseconds)"), "name": .text($0.name), "text": .text($0.text)])
            },
            "lists": .array(lists.map { .string($0) }), "isConfirmationPending": .bool(isConfirmationPending),
            "isUndeliverable": .bool(isUndeliverable),
        ])
    }
}

extension Reader {
    /// Microseconds since 1970; nil if the member is missing.
    fileprivate func optionalMicroseconds(_ name: String) throws(Refusal) -> Timestamp? {
        guard optional(name) != nil else { return nil }
        return Timestamp(microseconds: try integer(name, in: 0...Int64.max))
    }
}
