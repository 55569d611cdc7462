package import FoundationEssentials

/// `internal.import` and `internal.invite`, opt-in → opt-in, subject = the contact: one contact of a job.
package struct JobItem: Sendable {
    /// Routing key of one contact of an `optin.import`.
    package static let importType = "internal.import"
    /// Routing key of one contact of an `optin.invite`.
    package static let inviteType = "internal.invite"

    package let job: UUID
    /// The contact's number in the job.
    package let number: Int
    /// Data of this contact alone, such as the status to set.
    package let detail: String?
    /// The user in whose name it was asked.
    package let user: String?

    /// One contact of a job.
    package init(job: UUID, number: Int, detail: String? = nil, user: String?) {
        self.job = job
        self.number = number
        self.detail = detail
        self.user = user
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        job = try data.uuid("job")
        number = Int(try data.integer("number", in: 1...Int64(Int32.max)))
        detail = try data.optionalText("detail", limit: 128)
        user = try data.optionalText("user", limit: 1024)
    }

    /// As `data`.
    package var json: JSON {
        JSON(present: [
            "job": .string(job.text), "number": .number(String(number)), "detail": .text(detail), "user": .text(user),
        ])
    }
}

/// `internal.address-opted-out`, opt-in → opt-in, subject = the contact, `data` empty: another contact opted the
/// address out (O7).
package enum AddressOptedOutNotice {
    /// Routing key.
    package static let type = "internal.address-opted-out"
}

/// `internal.address-changed`, opt-in → consent, subject = the contact, `data` empty: the contact has another address,
/// so that confirmation links that were mailed to the old one are dead (O12).
package enum AddressChangedNotice {
    /// Routing key.
    package static let type = "internal.address-changed"
}

/// `internal.mail-due`, opt-in → opt-in, subject = the contact: a double-opt-in mail that the limit held back is due
/// (O4). The sender has checked the clock; the receiver acts only where the contact's mail still has that time.
package struct MailDueNotice: Sendable {
    /// Routing key.
    package static let type = "internal.mail-due"
    /// The mail's time, as in the contact's state: microseconds since 1970.
    package let dueAt: Timestamp

    package init(dueAt: Timestamp) { self.dueAt = dueAt }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        dueAt = Timestamp(microseconds: try data.integer("dueAt", in: 0...Int64.max))
    }

    /// As `data`.
    package var json: JSON { ["dueAt": .number(String(dueAt.microseconds))] }
}

/// `internal.opt-in-heard`, consent → opt-in, subject = the contact: a fact that opt-in published before its epoch
/// began, and may have lost with its database's last commits (X5).
package struct OptInHeardNotice: Sendable {
    /// Routing key.
    package static let type = "internal.opt-in-heard"
    /// The status in the fact.
    package let status: String
    /// The opt-out that holds until the contact confirms.
    package let held: String?
    /// The fact's sequence number.
    package let sequence: Int64

    package init(status: String, held: String?, sequence: Int64) {
        self.status = status
        self.held = held
        self.sequence = sequence
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        status = try data.text("status", limit: 64)
        held = try data.optionalText("held", limit: 64)
        sequence = try data.integer("sequence", in: 0...Int64.max)
    }

    /// As `data`.
    package var json: JSON {
        JSON(present: ["status": .string(status), "held": .text(held), "sequence": .number(String(sequence))])
    }
}
