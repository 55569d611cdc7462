extension Words {
    static let englishChanges = Changes(
        grant: "You agree: “{text}”",
        revoke: "You do not agree: “{text}”",
        revokeField: "You do not agree: “{text}” What is stored is deleted and cannot be brought back.",
        object: "You object: “{text}”",
        endObjection: "You no longer object: “{text}”",
        subscribe: "You subscribe to “{list}”",
        leave: "You leave the mailing list “{list}”",
        marketingIn: "You want news and offers by e-mail",
        marketingOut: "You get no more news and offers by e-mail",
        stop: "The use of your data is stopped",
        resume: "The use of your data may go on",
        erase: "Your data is erased; this cannot be undone",
        access: "You get a copy of your data",
        endLinks: "All older links to your page end")

    static let englishChangePage = ChangePage(
        ask: Notice(
            "Please confirm",
            "Somebody with the link to your page at {brand} asked for this. If it was you, please confirm it."),
        items: "What changes:",
        confirm: "Yes, I confirm",
        decline: "No, change nothing",
        note: "Nothing changes until you press a button. With “No, change nothing” this request is over.")

    static let englishUndoPage = ChangePage(
        ask: Notice(
            "Undo this?",
            """
            Somebody with the link to your page at {brand} withdrew this. It counts already. If you did not want \
            it, undo it here.
            """),
        items: "What was withdrawn:",
        confirm: "Undo this",
        decline: "Leave it withdrawn",
        note: "Nothing changes until you press a button.")

    static let englishPageLinkEnded = PageLinkEnded(
        ask: Notice(
            "This link no longer works",
            "Links to your page end after some time, or when you end them yourself. Your choices are unchanged."),
        newLink: "Send me a new link",
        newLinkHint: "It goes to the e-mail address that we have of you.",
        unsubscribe: "Stop the e-mails",
        unsubscribeHint: "We send you an e-mail first. Nothing changes before you confirm there.")

    static let englishChangeNotices = ChangeNotices(
        mailed: Notice(
            "Please look into your mailbox",
            """
            We have sent you an e-mail. Nothing changes before you press the button behind its link. The link \
            works for {duration}.
            """),
        mailedAgain: Notice(
            "We sent it again",
            """
            Please look into your mailbox, perhaps into the spam folder too. Nothing changes before you press the \
            button behind the link.
            """),
        tooManyMails: Notice(
            "Please look into your mailbox",
            """
            We have sent you several e-mails already, so we send no more for now. Please use the link in the \
            newest one, or try again tomorrow.
            """),
        nothingChanged: Notice(
            "Nothing to change",
            "What you sent is what holds already. Your choices are unchanged."),
        withdrawn: Notice(
            "It is withdrawn",
            "This counts from now on. We have sent you an e-mail with a link, in case you want to undo it."),
        withdrawnAndMailed: Notice(
            "Your choices are saved",
            """
            What you withdrew is withdrawn. For everything else we have sent you an e-mail: it counts when you \
            press the button behind its link.
            """),
        cancelled: Notice(
            "Cancelled",
            "The new permissions that waited for your confirmation are cancelled. Nothing else has changed."),
        pageChanged: Notice(
            "Please look again",
            """
            Your choices have changed since you opened the page, perhaps in another window. We have saved \
            nothing. Please open the page again.
            """),
        changed: Notice(
            "Thank you",
            "It is done, and counts from now on. You can change your mind at any time on your page."),
        declined: Notice("Nothing was changed", "The request is over. You need do nothing more."),
        undone: Notice("It is undone", "Everything is as it was before."),
        notUndone: Notice("It stays withdrawn", "You need do nothing more."),
        alreadyChanged: Notice(
            "Already done",
            "This link was used before, and the changes were made then. You need do nothing more."),
        alreadyDeclined: Notice(
            "Already ended",
            "This link was used before, and the request ended then. Nothing was changed."),
        alreadyUndone: Notice(
            "Already undone",
            "This link was used before, and everything was set back then. You need do nothing more."),
        expired: Notice(
            "This link has run out",
            """
            For your safety it worked for a limited time only, and nothing was changed. If you still want the \
            change, please make it on your page again.
            """),
        undoExpired: Notice(
            "This link has run out",
            "The time for undoing is over. If you want to agree again, you can do so on your page at any time."),
        tooManyCodes: Notice(
            "This link has been closed",
            """
            The code was wrong too often. For your safety the link no longer works, and nothing was changed. If \
            you still want the change, please make it on your page again.
            """),
        noLongerOffered: Notice(
            "This choice no longer exists",
            "What you wanted to change is no longer asked for. You need do nothing more."),
        stopped: Notice(
            "The use of your data is stopped",
            """
            Nobody here can change your data any more, and you get no more advertising. On your page you can lift \
            this at any time.
            """),
        resumed: Notice("The stop is lifted", "We may use your data again, as far as your choices allow it."),
        erasureRequested: Notice(
            "We erase your data",
            "Your request has reached us. We erase your data by {due}, and tell you by e-mail when it is done."),
        accessRequested: Notice(
            "You get a copy of your data",
            "Your request has reached us. By {due} we send you an e-mail with a link to the copy."),
        linksEnded: Notice(
            "The older links have ended",
            "Nobody can open your page with them any more. Our next e-mail has a new one."),
        newLinkSent: Notice(
            "Please look into your mailbox",
            "If we have an e-mail address of you, a new link to your page is on its way there."))
}
