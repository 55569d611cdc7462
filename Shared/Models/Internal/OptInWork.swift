public import FoundationEssentials

/// `internal.import` and `internal.invite`, opt-in → opt-in, subject = the contact: one contact of a job.
public struct JobItem: Sendable {
    /// Routing key of one contact of an `optin.import`.
    public static let importType = "internal.import"
    /// Routing key of one contact of an `optin.invite`.
    public static let inviteType = "internal.invite"

    /// The job.
    public let job: UUID
    /// Which of its contacts.
    public let number: Int
    /// What is this contact's own, such as the status to set.
    public let detail: String?
    /// The user in whose name it was asked.
    public let user: String?

    /// One contact of a job.
    public init(job: UUID, number: Int, detail: String? = nil, user: String?) {
        self.job = job
        self.number = number
        self.detail = detail
        self.user = user
    }

    /// From `data`.
    public init(reading data: Reader) throws(Refusal) {
        job = try data.uuid("job")
        number = Int(try data.integer("number", in: 1...Int64(Int32.max)))
        detail = try data.optionalText("detail", limit: 128)
        user = try data.optionalText("user", limit: 1024)
    }

    /// As `data`.
    public var json: JSON {
        JSON(present: [
            "job": .string(job.text), "number": .number(String(number)), "detail": .text(detail), "user": .text(user),
        ])
    }
}

/// Messages by which opt-in reminds a contact's partition, subject = the contact, `data` empty: what is to be done
/// stands in the contact's state.
public enum OptInReminder {
    /// Routing key: another contact opted the address out (O7).
    public static let addressOptedOut = "internal.address-opted-out"
    /// Routing key: the time of a mail that the limit held back has come (O4).
    public static let mailDue = "internal.mail-due"
}
