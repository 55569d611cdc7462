package import Models

extension Words {
    /// The mails about the contact's page. One template writes all of them.
    package struct RequestMails: Sendable {
        package let frame: MailFrame
        /// Asks to confirm changes (P6); lists them.
        package let change: RequestMail
        /// Tells of withdrawals in force and lists them, with a link that undoes them (P6a).
        package let undo: RequestMail
        /// Tells that a user lifts the stop (C4).
        package let resumed: RequestMail
        /// A new link to the page (P4).
        package let pageLink: RequestMail
        /// Tells of the page (P3).
        package let invitation: RequestMail
        /// Lists consents that are new or have a new text (P3).
        package let newConsents: RequestMail
        /// Lists consents that run out (C7).
        package let renewal: RequestMail
        /// An item of `newConsents`: a consent that the contact did not see before.
        package let newConsent: String
        /// An item of `newConsents`: a new text of a consent.
        package let newText: String
        /// An item of `renewal`.
        package let runsOut: String
    }

    /// The sentences that all of these mails share.
    package struct MailFrame: Sendable {
        package let greeting: String
        /// The words before the six digits.
        package let code: String
        /// The words before the link's address, for the case that the button does not work.
        package let fallback: String
        /// The last line, before the organisation's name.
        package let regards: String
    }

    /// A mail with a link, and perhaps a list.
    package struct RequestMail: Sendable {
        package let subject: String
        /// The heading of the HTML part.
        package let title: String
        /// Why the contact gets the mail; the words before the list, where there is one.
        package let reason: String
        /// What the contact does now, and what follows; the words before the link.
        package let next: String
        /// The words of the link in the HTML part.
        package let button: String
        /// The advice for a recipient who did not ask for the mail or wants nothing of it.
        package let notYou: String
        /// The lifetime of the link.
        package let life: String
        /// The reason for which the mail was sent.
        package let origin: String
    }

    /// The mail by which a workflow passes a contact's name and address to a partner (C6).
    package struct PartnerMail: Sendable {
        package let subject: String
        /// The heading of the HTML part.
        package let title: String
        package let greeting: String
        /// Why the partner gets the details.
        package let reason: String
        /// The words before the name.
        package let name: String
        /// The words before the address.
        package let address: String
        /// What the partner may do with the details.
        package let purpose: String
        /// The last line, before the organisation's name.
        package let regards: String
    }

    /// Days, such as "12 May 2026".
    package struct Dates: Sendable {
        /// From January on, as they stand in a date.
        package let months: [String]
        package let pattern: String
        /// The first of a month, where it has a form of its own.
        package let firstDay: String

        /// The day of a point in time, in UTC.
        package func text(_ time: Timestamp) -> String {
            let numbers = time.rfc3339.prefix(10).split(separator: "-").compactMap { Int($0) }
            guard numbers.count == 3, months.indices.contains(numbers[1] - 1) else { return "" }
            return pattern.replacing("{day}", with: numbers[2] == 1 ? firstDay : "\(numbers[2])")
                .replacing("{month}", with: months[numbers[1] - 1]).replacing("{year}", with: "\(numbers[0])")
        }
    }
}
