extension Words {
    static let englishPreferences = Preferences(
        intro: Notice(
            "Your choices",
            "Here you decide what {brand} may do with your data. You can change your mind at any time."),
        introEmailOnly: Notice(
            "Your e-mails",
            "Here you decide which e-mails {brand} may send you. You can change your mind at any time."),
        labels: PageLabels(
            navigation: "On this page",
            save: "Save my choices",
            saveHint: "We then send you an e-mail. Nothing changes before you confirm there.",
            saveHintAtOnce: """
                What you withdraw counts at once, as far as it can be undone. Everything else counts when you have \
                confirmed it by e-mail.
                """,
            responsible: "Responsible for your data:",
            privacyPolicy: "Privacy policy",
            pending: "Waiting for your confirmation",
            pendingHint: "These changes count when you press the button behind the link in our e-mail.",
            waiting: "not confirmed yet",
            resend: "Send the e-mail again",
            cancel: "Cancel new permissions",
            cancelHint: """
                Here you can cancel new permissions only. For everything else, the page behind the link in its e-mail \
                has a button.
                """,
            email: "E-mails",
            emailUnavailable: """
                We cannot show your choices about e-mails right now. Please open this page again in a few minutes. \
                Everything else here works as usual.
                """,
            marketing: "May we send you news and offers by e-mail?",
            marketingIn: "Yes, I want e-mails",
            marketingOut: "No, I want none",
            getsEmail: "You get e-mails",
            getsNoEmail: "No e-mails",
            underSentence: "You agreed to this sentence:",
            lists: "Mailing lists",
            listsHint: "If you want no e-mails at all, you get none of these either.",
            consents: "What we may do with your data",
            grant: "I agree",
            refuse: "I do not agree",
            noObjection: "I do not object",
            object: "I object",
            allowed: "Allowed",
            notAllowed: "Not allowed",
            purpose: "Purpose",
            basis: "Legal basis",
            recipients: "Recipients",
            fieldHint: "If you withdraw this, we delete what is stored. It cannot be brought back.",
            policies: "Policies",
            rights: "Your rights",
            rightsHint: "For each of these we first send you an e-mail. Nothing happens before you confirm there."),
        version: "Version {version}",
        stopped: Notice(
            "The use of your data is stopped",
            """
            You stopped it on {date}. Nobody here edits your data, and you get no advertising. Under “Your \
            rights” you can lift this.
            """),
        erasureRequested: Notice(
            "You asked us to erase your data",
            "We received this on {date} and erase your data by {due}. You then get a last e-mail from us."),
        accessRequested: Notice(
            "You asked for a copy of your data",
            "We received this on {date} and send you an e-mail by {due}."),
        mailed: Notice(
            "Please look into your mailbox",
            "We have sent you an e-mail. What you changed counts when you press the button behind its link."),
        until: "To be confirmed by {date}:",
        email: EmailReasons(
            noStatus: "You have not asked for e-mails. That is why you get no advertising from us.",
            addressChanged: """
                Your e-mail address changed on {date}. You get no advertising there until you agree anew.
                """,
            form: "You asked for e-mails in a form on {date}, but have not confirmed it with the link in our e-mail.",
            confirmed: "You confirmed on {date} that you want e-mails.",
            confirmedAfterForm: "You confirmed on {date} that you want e-mails, after a form of {formDate}.",
            byUser: "One of our staff noted on {date} that you want e-mails.",
            byImport: "According to a list that we took over on {date}, you want e-mails.",
            outByUser: "One of our staff noted on {date} that you want no e-mails.",
            outByImport: "According to a list that we took over on {date}, you want no e-mails.",
            outOnPage: "You decided on {date}, on this page, that you want no e-mails.",
            outByOneClick: "You unsubscribed on {date} with the link in an e-mail.",
            outByDecline: "On {date} our e-mail was answered with “This was not me”.",
            outByStop: "You had the use of your data stopped on {date}. This ended our e-mails as well.",
            outByComplaint: "On {date} one of our e-mails was marked as spam. We count this as unsubscribing.",
            outOfAddress: "This e-mail address was unsubscribed from all our e-mails before. We keep to that.",
            outRecovered: "After data was lost here, we noted again on {date} that you want no e-mails.",
            confirmationPending: "We have sent you an e-mail. Please confirm there that you want e-mails from us.",
            needsConfirmation: "We send advertising only to those who have confirmed by e-mail that they want it.",
            undeliverable: "E-mails to your address come back to us, so at present we send you no more of them."),
        consents: ConsentStates(
            granted: "You agreed on {date}, {channel} (version {version} of this text).",
            revoked: "You refused on {date}, {channel} (version {version} of this text).",
            notObjected: "You said on {date}, {channel}, that you do not object (version {version} of this text).",
            objected: "You objected on {date}, {channel} (version {version} of this text).",
            undecided: "You have not decided yet. We do not do this unless you agree.",
            notObjectedYet: "You have not objected. We do this until you do.",
            expired: "Your agreement ran out on {date} and was not renewed.",
            recovered: "After data was lost here, we noted again on {date} that this is not allowed.",
            newerText: "The text has changed since then: this is version {version}.",
            runsOut: "Your agreement runs out on {date}. We ask you in time whether to renew it.",
            renewNow: "Your agreement runs out on {date}. If it shall go on, please choose here again.",
            clearedOn: "What is stored is locked and will be deleted on {date} unless you agree again.",
            pending: "You chose “{choice}”. It counts once you confirm it by e-mail, by {date} at the latest.",
            channels: Channels(
                page: "on this page",
                phone: "by phone",
                paper: "on paper",
                inPerson: "in person",
                email: "by e-mail",
                imported: "in a list that we took over"),
            bases: Bases(
                consent: "Your agreement, which you can withdraw at any time",
                contract: "We need this for a contract with you",
                legalObligation: "A law obliges us to this",
                vitalInterests: "This protects somebody’s life or health",
                publicTask: "A task in the public interest. You can object",
                legitimateInterests: "Our legitimate interest. You can object"),
            fixed: FixedReasons(
                contract: "You cannot change this here, because the contract with you cannot be kept without it.",
                legalObligation: "You cannot change this here, because a law obliges us to it.",
                vitalInterests: "You cannot change this here, because somebody’s life or health may depend on it.",
                other: "You cannot change this here. Please write to us if you want to.")),
        rights: Rights(
            stop: Right(
                title: "Stop the use of my data",
                text: """
                    We lock your record: nobody here can change it, and you get no more advertising. You can lift \
                    this again at any time.
                    """,
                button: "Stop the use"),
            resume: Right(
                title: "Lift the stop",
                text: """
                    We may use your data again, as far as your choices above allow it. Advertising e-mails come only \
                    if you ask for them anew.
                    """,
                button: "Lift the stop"),
            access: Right(
                title: "A copy of my data",
                text: "We put together everything that we hold about you, and send you a link to it within one month.",
                button: "Ask for a copy"),
            erase: Right(
                title: "Erase my data",
                text: """
                    Within one month we erase everything that says who you are. This cannot be undone. If you have \
                    unsubscribed from e-mails, an unreadable fingerprint of your address stays, so that we can keep \
                    to it.
                    """,
                button: "Ask for erasure"),
            endLinks: Right(
                title: "End older links to this page",
                text: """
                    Each of our e-mails has a link to this page. If one may be in somebody else’s hands, you can end \
                    all older links.
                    """,
                button: "End older links")))
}
