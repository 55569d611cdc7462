package import FoundationEssentials

/// `internal.confirmation`, web → opt-in: asks for the state of a confirmation, when the link of a double-opt-in mail
/// is opened.
package struct ConfirmationQuestion: Sendable {
    /// Routing key.
    package static let type = "internal.confirmation"
    /// The row that the link names.
    package let confirmation: UUID

    package init(confirmation: UUID) { self.confirmation = confirmation }
    /// From `data`.
    package init(reading data: Reader) throws(Refusal) { confirmation = try data.uuid("confirmation") }
    /// As `data`.
    package var json: JSON { ["confirmation": .string(confirmation.text)] }
}

/// The answer to `internal.confirmation`; a confirmation that does not exist is `not-found`.
package struct ConfirmationAnswer: Sendable {
    /// The state of a confirmation.
    package enum State: String, Sendable, CaseIterable {
        case pending
        case confirmed
        case declined
        /// Another confirmation, an opt-out or a new address ended it.
        case superseded
        case expired
        /// Too many wrong codes (P6).
        case spent
    }

    /// The contact whose confirmation it is.
    package let contact: ContactID
    /// The state of a confirmation.
    package let state: State
    /// Names of the lists that the contact subscribes to by confirming (O10).
    package let lists: [String]
    /// Whether a button pressed now comes sooner after the mail's hand-over than a human could press it (P6).
    package let isEarly: Bool

    package init(contact: ContactID, state: State, lists: [String] = [], isEarly: Bool) {
        self.contact = contact
        self.state = state
        self.lists = lists
        self.isEarly = isEarly
    }

    /// From the reply's `data`.
    package init(reading data: Reader) throws(Refusal) {
        guard let contact = ContactID(try data.text("contact")) else {
            throw data.refusal("contact", "must be a contact id")
        }
        self.contact = contact
        state = try data.choice("state")
        lists = data.optional("lists") == nil ? [] : try data.names("lists", limit: 1000)
        isEarly = try data.bool("isEarly")
    }

    /// As the reply's result.
    package var json: JSON {
        [
            "contact": .string(contact.text), "state": .string(state.rawValue),
            "lists": .array(lists.map { .string($0) }), "isEarly": .bool(isEarly),
        ]
    }
}

/// Evidence of a contact's decision on the web: the visitor's address and browser (O13).
package struct WebEvidence: Sendable, Equatable {
    package let remoteAddress: String?
    /// The visitor's browser, cut to 512 bytes.
    package let userAgent: String?

    /// Of a decision that was not made on the web.
    package static let none = WebEvidence(remoteAddress: nil, userAgent: nil)

    /// Evidence.
    package init(remoteAddress: String?, userAgent: String?) {
        self.remoteAddress = remoteAddress
        self.userAgent = userAgent
    }

    /// From the members `remoteAddress` and `userAgent`.
    package init(reading data: Reader) throws(Refusal) {
        remoteAddress = try data.optionalText("remoteAddress", limit: 128)
        userAgent = try data.optionalText("userAgent", limit: 512)
    }

    var members: [JSON.Member] {
        [("remoteAddress", remoteAddress), ("userAgent", userAgent)].compactMap { name, text in
            text.map { JSON.Member(name, .string($0)) }
        }
    }
}

/// `internal.confirm`, web → opt-in, subject = the contact: a button of the double-opt-in page was pressed (O3).
///
/// Answered `{"state"}`, a `ConfirmOutcome`; refused as `expired` where the link ran out, as `conflict` where it was
/// used or ended before.
package struct ConfirmOrder: Sendable {
    /// Routing key.
    package static let type = "internal.confirm"
    /// The buttons.
    package enum Action: String, Sendable, CaseIterable { case confirm, decline }
    /// The row that the link names.
    package let confirmation: UUID
    package let action: Action
    /// Whether the button was pressed while `ConfirmationAnswer.isEarly` was true, which looks automatic (P6).
    package let isEarly: Bool
    /// Whether the request had the hidden fields of a page fetched before; without them it looks automatic (P6).
    package let hasNonce: Bool
    /// The six digits, where they were typed in.
    package let code: String?
    /// The text of the page and of the button (O13).
    package let text: String?
    /// The visitor's address and browser.
    package let evidence: WebEvidence

    package init(
        confirmation: UUID, action: Action, isEarly: Bool, hasNonce: Bool, code: String? = nil,
        text: String? = nil, evidence: WebEvidence
    ) {
        self.text = text
        self.confirmation = confirmation
        self.action = action
        self.isEarly = isEarly
        self.hasNonce = hasNonce
        self.code = code
        self.evidence = evidence
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        confirmation = try data.uuid("confirmation")
        action = try data.choice("action")
        isEarly = try data.bool("isEarly")
        hasNonce = data.optional("hasNonce") == nil ? false : try data.bool("hasNonce")
        code = try data.optionalText("code", limit: 64)
        text = try data.optionalText("text")
        evidence = try WebEvidence(reading: data)
    }

    /// As `data`.
    package var json: JSON {
        var members = [
            JSON.Member("confirmation", .string(confirmation.text)), JSON.Member("action", .string(action.rawValue)),
            JSON.Member("isEarly", .bool(isEarly)), JSON.Member("hasNonce", .bool(hasNonce)),
        ]
        if let code { members.append(JSON.Member("code", .string(code))) }
        if let text { members.append(JSON.Member("text", .string(text))) }
        return .object(members + evidence.members)
    }
}

/// The result of pressing a button: the answer to `internal.confirm`.
package enum ConfirmOutcome: String, Sendable, CaseIterable {
    case confirmed
    case declined
    /// The request looks automatic: the page asks for the mail's six digits, and nothing has changed (P6).
    case codeWanted = "code-wanted"
    /// The digits were not the mail's; tries are left.
    case wrongCode = "wrong-code"
    /// The fifth wrong code: the link is dead.
    case spent

    /// From the reply's `data`.
    package init(reading data: Reader) throws(Refusal) { self = try data.choice("state") }
    /// As the reply's result.
    package var json: JSON { ["state": .string(rawValue)] }
}

/// `internal.mail-sent`, notifier → opt-in, subject = the contact: a double-opt-in mail was handed over. By this time
/// opt-in tells a scanner's press of the button from a human's (P6).
package struct MailSentNotice: Sendable {
    /// Routing key.
    package static let type = "internal.mail-sent"
    /// The row that the mail's link opens.
    package let confirmation: UUID

    package init(confirmation: UUID) { self.confirmation = confirmation }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        confirmation = try data.uuid("confirmation")
    }

    /// As `data`.
    package var json: JSON { ["confirmation": .string(confirmation.text)] }
}

/// `internal.unsubscribe`, web → opt-in, subject = the contact: the mail program's one-click POST, or the button of the
/// page that a GET shows (O11). Answered `{"status"}` once no permission to send can still be used (X3).
package struct UnsubscribeOrder: Sendable {
    /// Routing key.
    package static let type = "internal.unsubscribe"
    /// The mail whose link it was.
    package let mail: UUID
    /// The visitor's address and browser.
    package let evidence: WebEvidence

    package init(mail: UUID, evidence: WebEvidence) {
        self.mail = mail
        self.evidence = evidence
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        mail = try data.uuid("mail")
        evidence = try WebEvidence(reading: data)
    }

    /// As `data`.
    package var json: JSON { .object([JSON.Member("mail", .string(mail.text))] + evidence.members) }
}
