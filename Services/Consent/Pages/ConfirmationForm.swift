package import Models
import Words

/// The content of a page behind a mail's link that confirms something.
package struct ConfirmationForm: Sendable {
    /// The step of the confirmation.
    package enum Step: Sendable {
        /// The page shows the button only.
        case button
        /// The page asks for the mail's code (P6).
        case code
        /// The visitor typed in a wrong code.
        case wrongCode
    }

    /// What is confirmed.
    package enum Subject: Sendable {
        /// The double opt-in, and with it the subscription to these lists (O10).
        case optIn(lists: [String])
        /// Changes that were asked for on the contact's page (P6).
        case changes([PageChange])
        /// That withdrawals are undone; the changes are those that permit again (P6a).
        case undo([PageChange])
    }

    let step: Step
    let nonce: String
    let subject: Subject

    package init(step: Step, nonce: String, subject: Subject) {
        self.step = step
        self.nonce = nonce
        self.subject = subject
    }
}

/// The words of a confirmation page.
struct ConfirmationWords {
    let ask: Words.Notice
    let confirm: String
    let decline: String
    let note: String
    /// The words above the list of what is confirmed, and the list.
    let listed: (label: String, items: [String])

    init(_ subject: ConfirmationForm.Subject, _ words: Words, _ changes: ChangeWords) {
        let page: Words.ChangePage
        switch subject {
        case .optIn(let lists):
            ask = words.confirmation.ask
            confirm = words.confirmation.confirm
            decline = words.confirmation.decline
            note = words.confirmation.note
            listed = (words.confirmation.lists, lists.map { changes.title(of: $0, words) })
            return
        case .changes(let wanted):
            page = words.changePage
            listed = (page.items, wanted.map { changes.text($0, words) })
        case .undo(let wanted):
            page = words.undoPage
            listed = (page.items, wanted.map { changes.text($0.withdrawn, words) })
        }
        ask = page.ask
        confirm = page.confirm
        decline = page.decline
        note = page.note
    }
}
