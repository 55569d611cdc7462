/// All that pages and mails say in one language. A language is one file, which compiles only if it is complete, and one
/// entry of `all`.
///
/// `{brand}` stands for the organisation's name, `{duration}` for a time such as "7 days".
package struct Words: Sendable {
    /// The languages that exist; the first is used where a deployment's language has no words here.
    package static let all: [Words] = [.english, .german, .french]

    /// As in the attribute `lang` (BCP 47).
    package let tag: String
    /// The page that confirms a double opt-in (O3).
    package let confirmation: Confirmation
    /// The page of a one-click link, for people (O11).
    package let unsubscribing: Unsubscribing
    /// The contact's page.
    package let preferences: Preferences
    /// What stands on every page.
    package let frame: Frame
    /// Pages that only say something.
    package let notices: Notices
    /// The mail that asks for a double opt-in (O2).
    package let doubleOptInMail: ConfirmationMail
    /// What ends the mails that users send (P4).
    package let footer: Footer
    /// Lengths of time.
    package let durations: Durations

    /// The words for a deployment's language: those of the same language, whatever the region; else the first ones.
    package static func of(_ language: String) -> Words {
        let choice = LanguageChoice(offered: all.map(\.tag))
        return all.first { $0.tag == choice.match(language) } ?? .english
    }
}

extension Words {
    /// A heading and a paragraph.
    package struct Notice: Sendable {
        /// The heading.
        package let title: String
        /// The paragraph.
        package let text: String

        init(_ title: String, _ text: String) {
            self.title = title
            self.text = text
        }
    }

    /// The page that confirms a double opt-in, and its step for the mail's code (P6).
    package struct Confirmation: Sendable {
        /// Above the two buttons.
        package let ask: Notice
        /// The button that confirms.
        package let confirm: String
        /// The button that declines.
        package let decline: String
        /// Below the buttons.
        package let note: String
        /// Above the lists that the contact subscribes to (O10).
        package let lists: String
        /// Asks for the code.
        package let code: Notice
        /// The code was another one.
        package let wrongCode: Notice
        /// The field's label.
        package let codeLabel: String
        /// What the field takes.
        package let codeHint: String
        /// Beside the field, where the code was another one.
        package let codeError: String
    }

    /// The page of a one-click link.
    package struct Unsubscribing: Sendable {
        /// Above the button.
        package let ask: Notice
        /// The button.
        package let button: String
        /// Below the button.
        package let note: String
    }

    /// The contact's page.
    package struct Preferences: Sendable {
        /// What the page is for.
        package let intro: Notice
        /// That it is not there yet.
        package let note: String
    }

    /// What stands on every page.
    package struct Frame: Sendable {
        /// At the bottom.
        package let footer: String
        /// Back to the form, from a page that waits.
        package let showFormAgain: String
    }

    /// What happened, or why nothing did.
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
    }

    /// A mail with a link that confirms something.
    package struct ConfirmationMail: Sendable {
        /// The subject.
        package let subject: String
        /// The heading of the HTML part.
        package let title: String
        /// The first line.
        package let greeting: String
        /// Who asked for what.
        package let reason: String
        /// Before the link of the text part.
        package let ask: String
        /// What the page will ask for.
        package let next: String
        /// The link of the HTML part.
        package let button: String
        /// Before the six digits.
        package let code: String
        /// What to do if it was somebody else.
        package let notYou: String
        /// How long the link works.
        package let life: String
        /// Before the address of the link, where the button does not work.
        package let fallback: String
        /// Why the mail came.
        package let origin: String
        /// The last line, before the organisation's name.
        package let regards: String
    }

    /// What ends the mails that users send.
    package struct Footer: Sendable {
        /// Where the deployment has no words of its own.
        package let standard: String
        /// Names the link to the contact's page.
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
