/// All texts of pages and mails in one language. A language is one folder, which compiles only if it is complete, and
/// one entry of `all`.
///
/// `{brand}` stands for the organisation's name, `{duration}` for a time such as "7 days", `{date}` for a day such as
/// "12 May 2026".
package struct Words: Sendable {
    /// The languages that exist; the first is used where a deployment's language has no words here.
    package static let all: [Words] = [.english, .german, .french]

    /// As in the attribute `lang` (BCP 47).
    package let tag: String
    /// The page that confirms a double opt-in (O3).
    package let confirmation: Confirmation
    /// The page of a one-click link, for people (O11).
    package let unsubscribing: Unsubscribing
    package let preferences: Preferences
    /// Each change of the contact's page in words.
    package let changes: Changes
    /// The page that confirms changes (P6).
    package let changePage: ChangePage
    /// The page that undoes withdrawals (P6a).
    package let undoPage: ChangePage
    package let pageLinkEnded: PageLinkEnded
    /// The texts of every page.
    package let frame: Frame
    /// Pages that only show a message.
    package let notices: Notices
    /// The mail that asks for a double opt-in (O2).
    package let doubleOptInMail: ConfirmationMail
    /// The mails about the contact's page.
    package let requestMails: RequestMails
    /// The built-in mail of a workflow to a partner (C6).
    package let partnerMail: PartnerMail
    /// The footer of the mails that users send (P4).
    package let footer: Footer
    /// Lengths of time.
    package let durations: Durations
    package let dates: Dates

    /// The words for a deployment's language: those of the same language, in any region; else the first ones.
    package static func of(_ language: String) -> Words {
        let choice = LanguageChoice(offered: all.map(\.tag))
        return all.first { $0.tag == choice.match(language) } ?? .english
    }
}

extension Words {
    /// A heading and a paragraph.
    package struct Notice: Sendable {
        package let title: String
        package let text: String

        package init(_ title: String, _ text: String) {
            self.title = title
            self.text = text
        }
    }

    /// The page that confirms a double opt-in, and its step for the mail's code (P6).
    package struct Confirmation: Sendable {
        /// The text above the two buttons.
        package let ask: Notice
        /// The button that confirms.
        package let confirm: String
        /// The button that declines.
        package let decline: String
        /// The text below the buttons.
        package let note: String
        /// The text above the lists that the contact subscribes to (O10).
        package let lists: String
        /// The text that asks for the code.
        package let code: Notice
        /// The notice after a wrong code.
        package let wrongCode: Notice
        package let codeLabel: String
        /// The form of the code, as a hint in the field.
        package let codeHint: String
        /// The text beside the field, after a wrong code.
        package let codeError: String
    }

    /// The page of a one-click link.
    package struct Unsubscribing: Sendable {
        /// The text above the button.
        package let ask: Notice
        package let button: String
        /// The text below the button.
        package let note: String
    }

    /// The texts of every page.
    package struct Frame: Sendable {
        /// The text at the bottom of the page.
        package let footer: String
        /// The link back to the form, on a page that waits.
        package let showFormAgain: String
        /// The link to the contact's page, on a page that only shows a message.
        package let backToPage: String
    }

    /// The messages with a result, or with the reason why nothing was changed.
    package struct Notices: Sendable {
        package let confirmed: Notice
        package let declined: Notice
        package let unsubscribed: Notice
        package let beingCarriedOut: Notice
        package let alreadyConfirmed: Notice
        package let alreadyDeclined: Notice
        package let superseded: Notice
        package let expired: Notice
        package let tooManyCodes: Notice
        package let nothingLeft: Notice
        package let unknownPage: Notice
        package let unclearForm: Notice
        package let wrongMethod: Notice
        package let tooLarge: Notice
        package let tooSlow: Notice
        package let tooManyVisits: Notice
        package let unavailable: Notice
        package let changes: ChangeNotices
    }

    /// A mail with a link that confirms something.
    package struct ConfirmationMail: Sendable {
        package let subject: String
        /// The heading of the HTML part.
        package let title: String
        package let greeting: String
        /// The request to which the mail answers.
        package let reason: String
        /// The words before the link of the text part.
        package let ask: String
        /// The next step on the page.
        package let next: String
        /// The words of the link in the HTML part.
        package let button: String
        /// The words before the six digits.
        package let code: String
        /// The advice for a recipient who did not ask for the mail.
        package let notYou: String
        /// The lifetime of the link.
        package let life: String
        /// The words before the link's address, for the case that the button does not work.
        package let fallback: String
        /// The reason for which the mail was sent.
        package let origin: String
        /// The last line, before the organisation's name.
        package let regards: String
    }

    /// The footer of the mails that users send.
    package struct Footer: Sendable {
        /// The words of a deployment that has none of its own.
        package let standard: String
        /// The words of the link to the contact's page.
        package let link: String
    }

    /// Lengths of time; `{number}` stands for the number, which is 2 or more for days.
    package struct Durations: Sendable {
        package let days: String
        package let hours: String
        package let hour: String

        /// In days from two days on, else in hours.
        package func text(_ duration: Duration) -> String {
            let hours = max(1, duration.components.seconds / 3600)
            if hours >= 48 { return days.replacing("{number}", with: "\(hours / 24)") }
            return (hours == 1 ? hour : self.hours).replacing("{number}", with: "\(hours)")
        }
    }
}
