package import FoundationEssentials

/// `internal.mail`, any service → notifier, subject = the contact: a mail of the suite's own to write and hand over.
package struct MailOrder: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.mail"

    /// The kind of mail.
    package enum Kind: Sendable, Equatable {
        /// Asks for the double opt-in (O2); `confirmation` is the row that its link opens.
        case doubleOptIn(confirmation: UUID)
        /// Carries out a request of the contact's; `row` is consent's row, which its link opens.
        case request(RequestMail, row: UUID, changes: [PageChange])
        /// An action of a workflow; the mail's id is that of the firing (C6).
        case workflow(WorkflowMail)
        /// Tells the contact of the page or of consents on it; `row` is consent's name for the mail.
        case notice(NoticeMail, row: UUID, items: [NoticeItem])
    }

    /// The mail's id, also in its row and in its `Message-ID`.
    package let mail: UUID
    /// The kind of mail.
    package let kind: Kind
    /// The keyed hash of the only address to which the mail may go. Nil: the contact's address at hand-over.
    package let addressHash: String?

    package init(mail: UUID, kind: Kind, addressHash: String?) {
        self.mail = mail
        self.kind = kind
        self.addressHash = addressHash
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        mail = try data.uuid("mail")
        addressHash = try data.optionalText("addressHash", limit: 64)
        let name = try data.text("kind", limit: 32)
        if name == "double-opt-in" {
            kind = .doubleOptIn(confirmation: try data.uuid("confirmation"))
        } else if name == MailCategory.workflow.rawValue {
            kind = .workflow(try WorkflowMail(reading: try data.object("about")))
        } else if let mail = RequestMail(rawValue: name) {
            kind = .request(mail, row: try data.uuid("row"), changes: try data.pageChanges("changes"))
        } else if let mail = NoticeMail(rawValue: name) {
            kind = .notice(mail, row: try data.uuid("row"), items: try data.noticeItems("items"))
        } else {
            throw data.refusal("kind", "is not known")
        }
    }

    /// As `data`.
    package var json: JSON {
        switch kind {
        case .doubleOptIn(let confirmation):
            JSON(present: [
                "mail": .string(mail.text), "kind": "double-opt-in", "confirmation": .string(confirmation.text),
                "addressHash": .text(addressHash),
            ])
        case .workflow(let mail):
            JSON(present: [
                "mail": .string(self.mail.text), "kind": .string(MailCategory.workflow.rawValue), "about": mail.json,
                "addressHash": .text(addressHash),
            ])
        case .request(let kind, let row, let changes):
            JSON(present: [
                "mail": .string(mail.text), "kind": .string(kind.rawValue), "row": .string(row.text),
                "changes": .array(changes.map(\.json)), "addressHash": .text(addressHash),
            ])
        case .notice(let kind, let row, let items):
            JSON(present: [
                "mail": .string(mail.text), "kind": .string(kind.rawValue), "row": .string(row.text),
                "items": .array(items.map(\.json)), "addressHash": .text(addressHash),
            ])
        }
    }
}

/// The mails by which consent carries out a contact's own requests; opt-outs and stops do not hold them back (O9).
package enum RequestMail: String, Sendable, CaseIterable {
    /// Its link confirms changes (P6).
    case change = "change-confirmation"
    /// Its link undoes withdrawals (P6a).
    case undo
    /// Tells that a user resumes processing (C4).
    case resumed = "processing-resumed"
    /// A new link to the page (P4).
    case pageLink = "page-link"
}
