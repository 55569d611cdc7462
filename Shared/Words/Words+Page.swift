extension Words {
    /// The contact's page (P1). A text with `{date}` gets a day as `Dates` writes it.
    package struct Preferences: Sendable {
        /// The title, and the purpose of the page where the deployment has no statement of its own.
        package let intro: Notice
        /// The same for a recipient who sees the e-mail choices alone (P5).
        package let introEmailOnly: Notice
        package let labels: PageLabels
        /// The version of a policy.
        package let version: String
        /// The state that processing is stopped (C4).
        package let stopped: Notice
        /// The state that erasure was requested (C5); `{due}` is its last day.
        package let erasureRequested: Notice
        /// The state that a copy was requested; `{due}` is its last day.
        package let accessRequested: Notice
        /// The state that changes wait for their confirmation (P6).
        package let mailed: Notice
        /// The last day on which a pending change can be confirmed.
        package let until: String
        package let email: EmailReasons
        package let consents: ConsentStates
        package let rights: Rights
    }

    /// Headings, labels and hints of the contact's page. None has a placeholder: the template gets all of them.
    package struct PageLabels: Sendable {
        /// The name of the list of sections.
        package let navigation: String
        package let save: String
        /// What saving does (P6).
        package let saveHint: String
        /// The same where withdrawals count at once (P6a).
        package let saveHintAtOnce: String
        /// The words before the controller's name.
        package let responsible: String
        /// The link to the controller's privacy policy.
        package let privacyPolicy: String
        /// The heading of the changes that wait for their confirmation.
        package let pending: String
        package let pendingHint: String
        /// Beside a list whose change waits for its confirmation.
        package let waiting: String
        package let resend: String
        /// The button that ends all pending grants.
        package let cancel: String
        /// Why other pending changes cannot be ended here (P6).
        package let cancelHint: String
        /// The heading of the e-mail choices.
        package let email: String
        /// The e-mail choices cannot be read at the moment.
        package let emailUnavailable: String
        /// The question of the two buttons below.
        package let marketing: String
        package let marketingIn: String
        package let marketingOut: String
        /// The state that campaigns go to the contact.
        package let getsEmail: String
        package let getsNoEmail: String
        /// The words before the sentence that the contact saw (O13).
        package let underSentence: String
        package let lists: String
        package let listsHint: String
        /// The heading of the consents.
        package let consents: String
        package let grant: String
        package let refuse: String
        /// The control that allows a use which rests on no consent (C8).
        package let noObjection: String
        /// The control that refuses such a use (C8).
        package let object: String
        /// The state that the use is allowed.
        package let allowed: String
        package let notAllowed: String
        package let purpose: String
        package let basis: String
        package let recipients: String
        /// The consequence of withdrawing the consent to a stored field (C1).
        package let fieldHint: String
        package let policies: String
        package let rights: String
        package let rightsHint: String
    }

    /// Why a contact gets e-mails or not: one sentence for each status and the reason of the change to it (O13).
    package struct EmailReasons: Sendable {
        /// Status `none`.
        package let noStatus: String
        /// Status `none` since the address changed (O12).
        package let addressChanged: String
        /// A web form that is not confirmed yet (O2).
        package let form: String
        /// A confirmed double opt-in (O3).
        package let confirmed: String
        /// The same after a web form; `{formDate}` is its day.
        package let confirmedAfterForm: String
        /// A user set the opt-in (O5).
        package let byUser: String
        /// An import set the opt-in.
        package let byImport: String
        /// A user set the opt-out (O6).
        package let outByUser: String
        /// An import set the opt-out.
        package let outByImport: String
        /// The contact opted out on the page.
        package let outOnPage: String
        /// The contact opted out with the link of a mail (O11).
        package let outByOneClick: String
        /// The double-opt-in mail was answered with "This was not me" (O4).
        package let outByDecline: String
        /// Processing was stopped (C4).
        package let outByStop: String
        /// The contact marked a mail as spam (O14).
        package let outByComplaint: String
        /// The opt-out of this address is older than the record (O7).
        package let outOfAddress: String
        /// The opt-out was taken over from another service after data was lost (X5).
        package let outRecovered: String
        /// A double-opt-in mail waits for an answer.
        package let confirmationPending: String
        /// The policy does not let campaigns go to this opt-in (O8).
        package let needsConfirmation: String
        /// Mails to the address come back (O14).
        package let undeliverable: String

        /// The sentence for a status (O1) and the reason of the change to it.
        package func text(status: String, reason: String?, hasForm: Bool) -> String {
            switch (status, reason) {
            case ("none", "address-changed"): addressChanged
            case ("none", _): noStatus
            case ("single-opt-in-webform", _): form
            case ("double-opt-in", _): hasForm ? confirmedAfterForm : confirmed
            case ("single-opt-in-user", "import"): byImport
            case ("single-opt-in-user", _): byUser
            case ("opt-out-user", "import"): outByImport
            case ("opt-out-user", _): outByUser
            case (_, "one-click"): outByOneClick
            case (_, "declined"): outByDecline
            case (_, "stop-processing"): outByStop
            case (_, "complaint"): outByComplaint
            case (_, "address-opted-out"): outOfAddress
            case (_, "recovered"): outRecovered
            default: outOnPage
            }
        }
    }

    /// What a contact decided about a consent, when and how.
    package struct ConsentStates: Sendable {
        /// `{date}` is the day of the decision, `{channel}` one of `channels`, `{version}` the text's.
        package let granted: String
        package let revoked: String
        /// A use that rests on no consent, and which the contact allowed explicitly (C8).
        package let notObjected: String
        package let objected: String
        /// No decision, and the use needs one.
        package let undecided: String
        /// No decision, and the use is allowed until the contact objects.
        package let notObjectedYet: String
        /// The grant ran out (C7).
        package let expired: String
        /// The refusal was taken over from another service after data was lost (X5).
        package let recovered: String
        /// The text has another version than the decision.
        package let newerText: String
        /// The last day of the grant (C7).
        package let runsOut: String
        /// The same once the contact can renew it, by choosing again.
        package let renewNow: String
        /// The day on which the value of a grant that ran out is deleted (C7).
        package let clearedOn: String
        /// A change waits for its confirmation; `{choice}` is the control's label.
        package let pending: String
        package let channels: Channels
        package let bases: Bases
        package let fixed: FixedReasons
    }

    /// How a decision was made; each fits into the sentences of `ConsentStates`.
    package struct Channels: Sendable {
        package let page: String
        package let phone: String
        package let paper: String
        package let inPerson: String
        package let email: String
        package let imported: String

        /// The words for a decision's channel; nil for `expired` and `recovered`, which have sentences of their own.
        package func text(_ channel: String) -> String? {
            switch channel {
            case "page": page
            case "phone": phone
            case "paper": paper
            case "in-person": inPerson
            case "email": email
            case "import": imported
            default: nil
            }
        }
    }

    /// The legal bases in plain words (C8).
    package struct Bases: Sendable {
        package let consent: String
        package let contract: String
        package let legalObligation: String
        package let vitalInterests: String
        package let publicTask: String
        package let legitimateInterests: String

        /// The words for a basis as the configuration names it.
        package func text(_ basis: String) -> String {
            switch basis {
            case "contract": contract
            case "legal-obligation": legalObligation
            case "vital-interests": vitalInterests
            case "public-task": publicTask
            case "legitimate-interests": legitimateInterests
            default: consent
            }
        }
    }

    /// Why a consent is only shown.
    package struct FixedReasons: Sendable {
        package let contract: String
        package let legalObligation: String
        package let vitalInterests: String
        /// The deployment does not let contacts edit it (P2).
        package let other: String

        /// The reason for a basis as the configuration names it.
        package func text(_ basis: String) -> String {
            switch basis {
            case "contract": contract
            case "legal-obligation": legalObligation
            case "vital-interests": vitalInterests
            default: other
            }
        }
    }

    /// The buttons below the choices.
    package struct Rights: Sendable {
        package let stop: Right
        package let resume: Right
        package let access: Right
        package let erase: Right
        package let endLinks: Right
    }

    /// A button, with what happens when it is pressed and confirmed.
    package struct Right: Sendable {
        package let title: String
        package let text: String
        package let button: String
    }
}
