package import FoundationEssentials

/// `internal.gate`, notifier → the service that decides on the mails: may they be handed over now? (N2) Answered with a
/// lease (X3).
package struct GateQuestion: Sendable {
    /// Routing key of the question to opt-in.
    package static let type = "internal.gate"
    /// Routing key of the question to a service.
    package static func type(asking service: SuiteService) -> String {
        service == .optin ? type : "\(type)-\(service.rawValue)"
    }
    /// Mails in one question.
    package static let limit = 500

    /// One mail.
    package struct Mail: Sendable {
        /// The mail's id, for the answer.
        package let mail: UUID
        package let contact: ContactID
        /// The kind of mail.
        package let category: Category
        /// The keyed hashes of the address, as the vault gave them. Where opt-in has another address, one of the two
        /// services is behind, and the answer is `GateAnswer.notYet`. Nil: the address that opt-in has.
        package let addressHash: String?

        package init(mail: UUID, contact: ContactID, category: Category, addressHash: String? = nil) {
            self.mail = mail
            self.contact = contact
            self.category = category
            self.addressHash = addressHash
        }
    }

    /// The kind of a mail, by which the gate decides.
    package enum Category: Sendable, Equatable {
        /// A campaign's mail: the policy decides (O8); where `list` is named, the contact must subscribe to it.
        case campaign(list: String?)
        /// A mail that passes unless the contact has opted out (O9).
        case autoresponder
        /// A mail that passes unless the contact has opted out (O9).
        case workflow
        /// A mail that passes unless the contact has opted out (O9).
        case adHoc
        /// A reply to the message with this `Message-ID`, which came from the contact (O9).
        case reply(inReplyTo: String)
        /// A double-opt-in mail, which passes only while its confirmation is pending.
        case doubleOptIn(confirmation: UUID)
        /// A mail of consent's, which passes while its row still asks for it.
        case request(RequestMail, row: UUID)
        /// A workflow's mail, which passes while its rule still holds; the mail's id is that of the firing (C6).
        case firing

        /// From the members of a mail in question.
        init(reading reader: Reader) throws(Refusal) {
            switch try reader.text("category") {
            case "campaign": self = .campaign(list: try reader.optionalText("list", limit: 128))
            case "autoresponder": self = .autoresponder
            case "workflow": self = .workflow
            case "ad-hoc": self = .adHoc
            case "reply": self = .reply(inReplyTo: try reader.text("inReplyTo", limit: MessageID.limit))
            case "firing": self = .firing
            case "double-opt-in": self = .doubleOptIn(confirmation: try reader.uuid("confirmation"))
            case let name:
                guard let mail = RequestMail(rawValue: name) else {
                    throw reader.refusal("category", "is not known")
                }
                self = .request(mail, row: try reader.uuid("row"))
            }
        }

        /// As members.
        var members: [(String, JSON?)] {
            switch self {
            case .campaign(let list): [("category", "campaign"), ("list", .text(list))]
            case .autoresponder: [("category", "autoresponder")]
            case .workflow: [("category", "workflow")]
            case .adHoc: [("category", "ad-hoc")]
            case .firing: [("category", "firing")]
            case .reply(let id): [("category", "reply"), ("inReplyTo", .string(id))]
            case .doubleOptIn(let confirmation):
                [("category", "double-opt-in"), ("confirmation", .string(confirmation.text))]
            case .request(let mail, let row): [("category", .string(mail.rawValue)), ("row", .string(row.text))]
            }
        }
    }

    package let mails: [Mail]

    package init(_ mails: [Mail]) { self.mails = mails }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        var mails: [Mail] = []
        for (json, pointer) in try data.array("mails", limit: Self.limit) {
            let reader = try Reader(json, at: pointer)
            guard let contact = ContactID(try reader.text("contact")) else {
                throw reader.refusal("contact", "must be a contact id")
            }
            let category = try Category(reading: reader)
            mails.append(
                Mail(
                    mail: try reader.uuid("mail"), contact: contact, category: category,
                    addressHash: try reader.optionalText("addressHash", limit: AddressHashes.longestText)))
        }
        self.mails = mails
    }

    /// As `data`.
    package var json: JSON {
        [
            "mails": .array(
                mails.map { mail in
                    let own: [(String, JSON?)] = [
                        ("mail", .string(mail.mail.text)), ("contact", .string(mail.contact.text)),
                        ("addressHash", .text(mail.addressHash)),
                    ]
                    return .object(
                        (own + mail.category.members).compactMap { name, value in
                            value.map { JSON.Member(name, $0) }
                        })
                })
        ]
    }
}

/// The answer to `internal.gate`: every mail asked about that is not refused may be handed over within the lease.
package struct GateAnswer: Sendable {
    /// The reason of a mail whose contact has one address at the vault and another at opt-in: ask again soon.
    package static let notYet = "not-yet"

    /// The reason of each refused mail: a status of O1, `unconfirmed`, `superseded`, `unknown`, …
    package let refused: [UUID: String]
    /// Mails whose contact has confirmed the address (`double-opt-in`): only these may use a name (N1).
    package let confirmed: Set<UUID>

    package init(refused: [UUID: String], confirmed: Set<UUID> = []) {
        self.refused = refused
        self.confirmed = confirmed
    }

    /// From the reply's `data`.
    package init(reading data: Reader) throws(Refusal) {
        var refused: [UUID: String] = [:]
        for member in try data.object("refused").json.members ?? [] {
            guard let mail = UUID(uuidString: member.name), let reason = member.value.text else {
                throw data.refusal("refused", "must hold a reason for each mail")
            }
            refused[mail] = reason
        }
        self.refused = refused
        var confirmed = Set<UUID>()
        for (json, pointer) in try data.array("confirmed", limit: GateQuestion.limit) {
            guard let mail = json.text.flatMap({ UUID(uuidString: $0) }) else {
                throw Refusal(.invalidField, "must be a mail's id", at: pointer)
            }
            confirmed.insert(mail)
        }
        self.confirmed = confirmed
    }

    /// As the reply's result.
    package var json: JSON {
        let members = refused.map { JSON.Member($0.key.text, .string($0.value)) }
        return [
            "refused": .object(members), "confirmed": .array(confirmed.map { .string($0.text) }),
            "validForMs": .number("\(Lease.milliseconds)"),
        ]
    }
}
