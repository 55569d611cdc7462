extension Words {
    static let english = Words(
        tag: "en",
        confirmation: Confirmation(
            ask: Notice(
                "Please confirm",
                """
                Somebody asked {brand} to send e-mails to your address. If it was you, please confirm that you want \
                them.
                """
            ),
            confirm: "Yes, I confirm",
            decline: "This was not me",
            note: """
                You can stop the e-mails at any time, with one click in each of them. After “This was not me” you get \
                no advertising from us.
                """,
            lists: "By confirming you subscribe to:",
            code: Notice(
                "One more step",
                """
                Some programs press buttons by themselves. To be sure that it is you, please type in the six-digit \
                code that stands in the e-mail with this link.
                """),
            wrongCode: Notice(
                "The code was not right",
                """
                Please look at the e-mail that you opened the link from, and type in its six digits once more. After \
                five wrong codes the link is closed.
                """),
            codeLabel: "Code from the e-mail",
            codeHint: "Six digits",
            codeError: "This is not the code of this link."),
        unsubscribing: Unsubscribing(
            ask: Notice("No more e-mails?", "With one click you stop all advertising e-mails from {brand}."),
            button: "Stop the e-mails",
            note: "Nothing changes until you press the button."),
        preferences: englishPreferences,
        changes: englishChanges,
        changePage: englishChangePage,
        undoPage: englishUndoPage,
        pageLinkEnded: englishPageLinkEnded,
        frame: Frame(
            footer: "You decide what we may do with your data.", showFormAgain: "Show the form again",
            backToPage: "Back to my choices"),
        notices: Notices(
            confirmed: Notice(
                "Thank you", "It is confirmed: {brand} may send you e-mails. Each of them has a link that stops them."),
            declined: Notice(
                "All right, no e-mails", "You get no advertising e-mails from {brand}. You need do nothing more."),
            unsubscribed: Notice(
                "No more e-mails",
                "It is done: {brand} sends you no more advertising e-mails. You need do nothing more."),
            beingCarriedOut: Notice(
                "Recorded", "Your choice is recorded and is being carried out. This can take a moment."),
            alreadyConfirmed: Notice(
                "Already confirmed",
                "This link was used before: the e-mails are confirmed. You need do nothing more."),
            alreadyDeclined: Notice(
                "Already declined",
                "This link was used before: you get no e-mails because of it. You need do nothing more."),
            superseded: Notice(
                "This link no longer counts",
                """
                Something newer has taken its place: another e-mail, or a later choice. Please use the link in the \
                newest e-mail.
                """),
            expired: Notice(
                "This link has run out",
                """
                For your safety it worked for a limited time only, and nothing was changed. If you still want our \
                e-mails, please fill in the form on our website again.
                """),
            tooManyCodes: Notice(
                "This link has been closed",
                """
                The code was wrong too often. For your safety the link no longer works, and nothing was changed. If \
                you still want our e-mails, please fill in the form on our website again: you get a new e-mail, \
                perhaps only a day later. If it was not you, you need do nothing.
                """),
            nothingLeft: Notice("Nothing left to do", "We keep no data any more that this link could concern."),
            unknownPage: Notice(
                "We do not know this page",
                """
                Perhaps the link was not copied completely. Please open it from the e-mail once more, or copy all of \
                it.
                """
            ),
            unclearForm: Notice(
                "That did not reach us completely",
                "Please open the link from the e-mail again and use a button there."),
            wrongMethod: Notice(
                "That does not work here", "Please open the link from the e-mail in your browser."),
            tooLarge: Notice(
                "That was too much", "What was sent is larger than any form of ours. Nothing was changed."),
            tooSlow: Notice("That took too long", "Nothing was changed. Please try again."),
            tooManyVisits: Notice(
                "One moment, please",
                """
                This page was opened very often in a short time. Your choices are unchanged. Please wait a minute and \
                try again.
                """),
            unavailable: Notice(
                "Please try again shortly",
                """
                We could not record anything just now, and nothing was changed. Please try again in a few minutes.
                """),
            changes: englishChangeNotices),
        doubleOptInMail: ConfirmationMail(
            subject: "Please confirm: news by e-mail from {brand}",
            title: "Please confirm your e-mail address",
            greeting: "Hello,",
            reason: "somebody, most likely you, asked {brand} to send news and offers to this e-mail address.",
            ask: "If that is what you want, please open this page and confirm:",
            next: "The page that opens has one more button to press; only then do we write to you.",
            button: "Confirm my e-mail address",
            code: "If the page asks for a code, it is this one:",
            notYou:
                "It was not you? Then there is nothing to do: without a confirmation you get no such mails from us.",
            life: """
                The link works for {duration}. You can change your mind at any time: every mail has a way to \
                unsubscribe.
                """,
            fallback: "If the button does not work, copy this address into your browser:",
            origin: "{brand} sent this mail because this address was entered with the request for news by e-mail.",
            regards: "Kind regards"),
        requestMails: englishRequestMails,
        partnerMail: englishPartnerMail,
        footer: Footer(standard: "You decide what we may do with your data.", link: "Your choices"),
        durations: Durations(days: "{number} days", hours: "{number} hours", hour: "one hour"),
        dates: englishDates)
}
