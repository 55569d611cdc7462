package import FoundationEssentials

/// `internal.page-form`, web → consent, subject = the contact: a button of the contact's page was pressed.
///
/// Answered `{"state"}`, a `PageFormOutcome`.
package struct PageForm: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.page-form"

    /// The button.
    package enum Action: String, Sendable, CaseIterable {
        /// The form's changes, or the one change of another button.
        case change
        /// Mail the pending changes' links again.
        case resend
        /// End pending grants.
        case cancel
        /// Mail a new link to the page.
        case newLink = "new-link"
    }

    /// One change, with the version and the language of the statement that the page showed (C0).
    package struct Wanted: Sendable, Hashable {
        package let change: PageChange
        /// The version of a consent's text; nil for other changes.
        package let version: String?
        /// The language of a consent's text; nil for other changes, and in a form, which has one language.
        package let language: String?

        package init(_ change: PageChange, version: String? = nil, language: String? = nil) {
            self.change = change
            self.version = version
            self.language = language
        }

        /// The change, if it names a text, as one of a page in this language.
        package func shown(in language: String) -> Wanted {
            version == nil ? self : Wanted(change, version: version, language: language)
        }

        /// As an element of an array.
        package var json: JSON {
            JSON(present: [
                "name": .string(change.name), "value": .string(change.value), "version": .text(version),
                "language": .text(language),
            ])
        }

        /// From an element of an array.
        package init(reading reader: Reader) throws(Refusal) {
            change = try PageChange(reading: reader)
            version = try reader.optionalText("version", limit: 64)
            language = try reader.optionalText("language", limit: 64)
        }
    }

    /// The id of the confirmation that the form leads to; the same form sent twice has the same id.
    package let id: UUID
    package let action: Action
    /// The changes, for the button `change`.
    package let wanted: [Wanted]
    /// Whether the request had the hidden fields of a page fetched before; without them nothing counts at once (P6a).
    package let hasNonce: Bool
    /// The language of the page.
    package let language: String
    /// The visitor's address and browser.
    package let evidence: WebEvidence

    package init(
        id: UUID, action: Action, wanted: [Wanted], hasNonce: Bool, language: String, evidence: WebEvidence
    ) {
        self.id = id
        self.action = action
        self.wanted = wanted
        self.hasNonce = hasNonce
        self.language = language
        self.evidence = evidence
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        id = try data.uuid("id")
        action = try data.choice("action")
        wanted = try data.wanted("wanted")
        hasNonce = try data.bool("hasNonce")
        language = try data.text("language", limit: 64)
        evidence = try WebEvidence(reading: data)
    }

    /// As `data`.
    package var json: JSON {
        .object(
            [
                JSON.Member("id", .string(id.text)), JSON.Member("action", .string(action.rawValue)),
                JSON.Member("wanted", .array(wanted.map(\.json))), JSON.Member("hasNonce", .bool(hasNonce)),
                JSON.Member("language", .string(language)),
            ] + evidence.members)
    }
}

extension Reader {
    /// Changes with the versions of their texts.
    package func wanted(_ name: String) throws(Refusal) -> [PageForm.Wanted] {
        var wanted: [PageForm.Wanted] = []
        for (json, pointer) in try array(name, limit: PageChange.limit) {
            wanted.append(try PageForm.Wanted(reading: try Reader(json, at: pointer)))
        }
        return wanted
    }
}

/// The result of a form of the page.
package enum PageFormOutcome: String, Sendable, CaseIterable {
    /// A mail was ordered; nothing changes before its link is confirmed.
    case mailed
    /// The form changed nothing.
    case nothing
    /// The contact got as many mails in a day as are allowed.
    case tooMany = "too-many"
    /// Carried out at once (P6a); the contact gets a mail with a link that undoes it.
    case done
    /// Both: withdrawals count at once, and a mail was ordered for the rest.
    case doneAndMailed = "done-and-mailed"
    /// Pending grants were ended.
    case cancelled

    /// From the reply's `data`.
    package init(reading data: Reader) throws(Refusal) { self = try data.choice("state") }
    /// As the reply's result.
    package var json: JSON { ["state": .string(rawValue)] }
}

/// `internal.page-confirm`, web → consent, subject = the contact: a button of the page behind a confirmation mail was
/// pressed (P6). Its data is a `ConfirmOrder`, its answer a `ConfirmOutcome`.
package enum PageConfirm {
    /// Routing key.
    package static let type = "internal.page-confirm"
}

/// `internal.mail-ended`, notifier → consent, subject = the contact: the hand-over of a mail that consent ordered
/// ended.
package struct MailEndedNotice: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.mail-ended"
    /// The row that the mail was ordered for.
    package let row: UUID
    /// Whether the mail server accepted the mail.
    package let isSent: Bool

    package init(row: UUID, isSent: Bool) {
        self.row = row
        self.isSent = isSent
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        row = try data.uuid("row")
        isSent = try data.bool("isSent")
    }

    /// As `data`.
    package var json: JSON { ["row": .string(row.text), "isSent": .bool(isSent)] }
}
