/// `internal.resolve`, notifier → vault: asks for addresses when mails are handed over; the answer is sealed (E3, X4).
package struct ResolveQuestion: Sendable {
    /// Routing key.
    package static let type = "internal.resolve"
    /// Routing key of consent's question, for a workflow's message to a queue (C6).
    package static let typeForWorkflows = "internal.resolve-workflow"
    /// Contacts in one question.
    package static let limit = 500

    /// One contact.
    package struct Contact: Sendable {
        /// The contact whose address is wanted.
        package let contact: ContactID
        /// The keyed hash of the only address that is wanted; nil: any.
        package let addressHash: String?

        package init(contact: ContactID, addressHash: String?) {
            self.contact = contact
            self.addressHash = addressHash
        }
    }

    /// Fields in one question.
    package static let fieldsLimit = 20

    package let contacts: [Contact]
    /// Names of fields whose values are wanted too; never a sensitive one's.
    package let fields: [String]
    /// A P-256 JWK to seal the answer to.
    package let replyKey: JSON

    package init(contacts: [Contact], fields: [String] = [], replyKey: JSON) {
        self.contacts = contacts
        self.fields = fields
        self.replyKey = replyKey
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        var contacts: [Contact] = []
        for (json, pointer) in try data.array("contacts", limit: Self.limit) {
            let reader = try Reader(json, at: pointer)
            guard let contact = ContactID(try reader.text("contact")) else {
                throw reader.refusal("contact", "must be a contact id")
            }
            contacts.append(Contact(contact: contact, addressHash: try reader.optionalText("addressHash", limit: 64)))
        }
        self.contacts = contacts
        fields = data.optional("fields") == nil ? [] : try data.names("fields", limit: Self.fieldsLimit)
        replyKey = try data.object("replyKey").json
    }

    /// As `data`.
    package var json: JSON {
        let contacts = contacts.map { contact in
            JSON(present: ["contact": .string(contact.contact.text), "addressHash": .text(contact.addressHash)])
        }
        return ["contacts": .array(contacts), "fields": .array(fields.map { .string($0) }), "replyKey": replyKey]
    }
}

/// The plaintext of the answer to `internal.resolve`; the reply carries it as `sealed`, a compact JWE.
package struct ResolveAnswer: Sendable {
    /// The vault's data of one contact.
    package enum Contact: Sendable, Equatable {
        /// `addressHash`: the address's hashes, as the gate takes them. `fields`: those of the wanted fields that the
        /// contact has, by name.
        case found(email: String, addressHash: String?, locale: String?, fields: [String: String])
        /// The contact does not exist yet, or not with that address; it may within minutes.
        case unknown
        /// The contact was erased, for good.
        case erased
    }

    /// The vault's data by the contact's id.
    package let contacts: [String: Contact]

    package init(contacts: [String: Contact]) { self.contacts = contacts }

    /// From the opened text.
    package init(reading data: Reader) throws(Refusal) {
        var contacts: [String: Contact] = [:]
        for member in try data.object("contacts").json.members ?? [] {
            let reader = try Reader(member.value, at: data.pointer(to: "contacts"))
            switch try reader.text("state") {
            case "found":
                var fields: [String: String] = [:]
                for field in try reader.optionalObject("fields")?.json.members ?? [] {
                    fields[field.name] = field.value.text
                }
                contacts[member.name] = .found(
                    email: try reader.text("email"),
                    addressHash: try reader.optionalText("addressHash", limit: AddressHashes.longestText),
                    locale: try reader.optionalText("locale"), fields: fields)
            case "erased": contacts[member.name] = .erased
            default: contacts[member.name] = .unknown
            }
        }
        self.contacts = contacts
    }

    /// The text to seal.
    package var json: JSON {
        let members = contacts.map { id, contact in
            switch contact {
            case .found(let email, let addressHash, let locale, let fields):
                JSON.Member(
                    id,
                    JSON(present: [
                        "state": "found", "email": .string(email), "addressHash": .text(addressHash),
                        "locale": .text(locale),
                        "fields": .object(fields.map { JSON.Member($0.key, .string($0.value)) }),
                    ]))
            case .unknown: JSON.Member(id, ["state": "unknown"])
            case .erased: JSON.Member(id, ["state": "erased"])
            }
        }
        return ["contacts": .object(members)]
    }
}
