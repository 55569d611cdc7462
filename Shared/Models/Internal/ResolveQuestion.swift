/// `internal.resolve`, notifier → vault: where mails go, asked at hand-over and answered sealed (E3, X4).
public struct ResolveQuestion: Sendable {
    /// Routing key.
    public static let type = "internal.resolve"
    /// Contacts in one question.
    public static let limit = 500

    /// One contact.
    public struct Contact: Sendable {
        /// Whose address is wanted.
        public let contact: ContactID
        /// Only this address, where one is named.
        public let addressHash: String?

        /// One contact.
        public init(contact: ContactID, addressHash: String?) {
            self.contact = contact
            self.addressHash = addressHash
        }
    }

    /// The contacts.
    public let contacts: [Contact]
    /// A P-256 JWK to seal the answer to.
    public let replyKey: JSON

    /// A question.
    public init(contacts: [Contact], replyKey: JSON) {
        self.contacts = contacts
        self.replyKey = replyKey
    }

    /// From `data`.
    public init(reading data: Reader) throws(Refusal) {
        var contacts: [Contact] = []
        for (json, pointer) in try data.array("contacts", limit: Self.limit) {
            let reader = try Reader(json, at: pointer)
            guard let contact = ContactID(try reader.text("contact")) else {
                throw reader.refusal("contact", "must be a contact id")
            }
            contacts.append(Contact(contact: contact, addressHash: try reader.optionalText("addressHash", limit: 64)))
        }
        self.contacts = contacts
        replyKey = try data.object("replyKey").json
    }

    /// As `data`.
    public var json: JSON {
        let contacts = contacts.map { contact in
            JSON(present: ["contact": .string(contact.contact.text), "addressHash": .text(contact.addressHash)])
        }
        return ["contacts": .array(contacts), "replyKey": replyKey]
    }
}

/// The plaintext of the answer to `internal.resolve`; the reply carries it as `sealed`, a compact JWE.
public struct ResolveAnswer: Sendable {
    /// What the vault knows of one contact.
    public enum Contact: Sendable, Equatable {
        case found(email: String, locale: String?)
        /// Not created yet, or not with that address: may come within minutes.
        case unknown
        /// Never again.
        case erased
    }

    /// By the contact's id.
    public let contacts: [String: Contact]

    /// An answer.
    public init(contacts: [String: Contact]) { self.contacts = contacts }

    /// From the opened text.
    public init(reading data: Reader) throws(Refusal) {
        var contacts: [String: Contact] = [:]
        for member in try data.object("contacts").json.members ?? [] {
            let reader = try Reader(member.value, at: data.pointer(to: "contacts"))
            switch try reader.text("state") {
            case "found":
                contacts[member.name] = .found(
                    email: try reader.text("email"), locale: try reader.optionalText("locale"))
            case "erased": contacts[member.name] = .erased
            default: contacts[member.name] = .unknown
            }
        }
        self.contacts = contacts
    }

    /// The text to seal.
    public var json: JSON {
        let members = contacts.map { id, contact in
            switch contact {
            case .found(let email, let locale):
                JSON.Member(id, JSON(present: ["state": "found", "email": .string(email), "locale": .text(locale)]))
            case .unknown: JSON.Member(id, ["state": "unknown"])
            case .erased: JSON.Member(id, ["state": "erased"])
            }
        }
        return ["contacts": .object(members)]
    }
}
