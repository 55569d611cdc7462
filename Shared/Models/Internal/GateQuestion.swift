public import FoundationEssentials

/// `internal.gate`, notifier → opt-in: may these mails be handed over now? (N2) Answered with a lease (X3).
public struct GateQuestion: Sendable {
    /// Routing key.
    public static let type = "internal.gate"
    /// Mails in one question.
    public static let limit = 500

    /// One mail.
    public struct Mail: Sendable {
        /// The mail's id, for the answer.
        public let mail: UUID
        /// To whom.
        public let contact: ContactID
        /// As what.
        public let category: Category

        /// One mail.
        public init(mail: UUID, contact: ContactID, category: Category) {
            self.mail = mail
            self.contact = contact
            self.category = category
        }
    }

    /// As what a mail asks to pass.
    public enum Category: Sendable, Equatable {
        /// The policy decides (O8); only subscribers of `list`, where one is named.
        case campaign(list: String?)
        /// The confirmation must still be pending.
        case doubleOptIn(confirmation: UUID)
    }

    /// The mails.
    public let mails: [Mail]

    /// A question.
    public init(_ mails: [Mail]) { self.mails = mails }

    /// From `data`.
    public init(reading data: Reader) throws(Refusal) {
        var mails: [Mail] = []
        for (json, pointer) in try data.array("mails", limit: Self.limit) {
            let reader = try Reader(json, at: pointer)
            guard let contact = ContactID(try reader.text("contact")) else {
                throw reader.refusal("contact", "must be a contact id")
            }
            let category: Category
            switch try reader.text("category") {
            case "campaign": category = .campaign(list: try reader.optionalText("list", limit: 128))
            case "double-opt-in": category = .doubleOptIn(confirmation: try reader.uuid("confirmation"))
            default: throw reader.refusal("category", "is not known")
            }
            mails.append(Mail(mail: try reader.uuid("mail"), contact: contact, category: category))
        }
        self.mails = mails
    }

    /// As `data`.
    public var json: JSON {
        [
            "mails": .array(
                mails.map { mail in
                    switch mail.category {
                    case .campaign(let list):
                        JSON(present: [
                            "mail": .string(mail.mail.text), "contact": .string(mail.contact.text),
                            "category": "campaign", "list": .text(list),
                        ])
                    case .doubleOptIn(let confirmation):
                        [
                            "mail": .string(mail.mail.text), "contact": .string(mail.contact.text),
                            "category": "double-opt-in", "confirmation": .string(confirmation.text),
                        ]
                    }
                })
        ]
    }
}

/// The answer to `internal.gate`: every mail asked about that is not refused may be handed over within the lease.
public struct GateAnswer: Sendable {
    /// Why not, by mail: a status of O1, `unconfirmed`, `superseded`, `unknown`, …
    public let refused: [UUID: String]

    /// An answer.
    public init(refused: [UUID: String]) { self.refused = refused }

    /// From the reply's `data`.
    public init(reading data: Reader) throws(Refusal) {
        var refused: [UUID: String] = [:]
        for member in try data.object("refused").json.members ?? [] {
            guard let mail = UUID(uuidString: member.name), let reason = member.value.text else {
                throw data.refusal("refused", "must hold a reason for each mail")
            }
            refused[mail] = reason
        }
        self.refused = refused
    }

    /// As the reply's result.
    public var json: JSON {
        let members = refused.map { JSON.Member($0.key.text, .string($0.value)) }
        return ["refused": .object(members), "validForMs": .number("\(Lease.milliseconds)")]
    }
}

/// A permission to send is good for one second from when it was asked for, by the asker's clock (X3). A constant of the
/// protocol, so that two versions agree.
public enum Lease {
    /// Milliseconds.
    public static let milliseconds = 1000
    /// The same.
    public static let duration = Duration.milliseconds(milliseconds)
    /// From the commit of a withdrawal to its acknowledgement: no permission given before can then still be in use.
    public static let runOut = Duration.milliseconds(milliseconds + 200)
}
