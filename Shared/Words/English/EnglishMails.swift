extension Words {
    static let englishRequestMails = RequestMails(
        frame: MailFrame(
            greeting: "Hello,",
            code: "If the page asks for a code, it is this one:",
            fallback: "If the button does not work, copy this address into your browser:",
            regards: "Kind regards"),
        change: RequestMail(
            subject: "Please confirm your changes at {brand}",
            title: "Please confirm your changes",
            reason: "somebody with the link to your page at {brand}, most likely you, asked for this:",
            next: "If you want it, please open this page and press the button there. Only then does it count:",
            button: "Look and confirm",
            notYou: """
                It was not you? Then there is nothing to do: without a confirmation nothing changes. The page also \
                has a button that ends the request.
                """,
            life: "The link works for {duration}.",
            origin: "{brand} sent this mail because changes were asked for on your page."),
        undo: RequestMail(
            subject: "Withdrawn at {brand}, and how to undo it",
            title: "Your withdrawal counts",
            reason: """
                somebody with the link to your page at {brand}, most likely you, withdrew this. It counts from now \
                on:
                """,
            next: "If you did not want this, please open this page and press the button there:",
            button: "Undo it",
            notYou: "If all is as you want it, there is nothing to do.",
            life: "The link works for {duration}.",
            origin: "{brand} sent this mail because something was withdrawn on your page."),
        resumed: RequestMail(
            subject: "{brand} uses your data again",
            title: "The stop is being lifted",
            reason: """
                you had the use of your data at {brand} stopped. One of our staff has now asked for this stop to be \
                lifted. After this mail we may use your data again, as far as your choices allow it.
                """,
            next: "If you do not want this, please open your page and stop the use of your data again:",
            button: "Open my page",
            notYou: "Advertising e-mails stay off until you ask for them anew.",
            life: "The link works for {duration}.",
            origin: "{brand} sent this mail because you have to learn of this before it happens."),
        pageLink: RequestMail(
            subject: "Your new link to your page at {brand}",
            title: "Your new link",
            reason: "somebody, most likely you, asked for a new link to your page at {brand}.",
            next: "With this link you see your choices, and can change them:",
            button: "Open my page",
            notYou: """
                It was not you? Then there is nothing to do: the link went to this mailbox alone. Please do not pass \
                it on.
                """,
            life: "The link works for {duration}.",
            origin: "{brand} sent this mail because a new link was asked for."),
        invitation: RequestMail(
            subject: "You decide what {brand} may do with your data",
            title: "A page for your choices",
            reason: """
                from now on you have a page of your own at {brand}. There you see what we may do with your data, and \
                decide it yourself.
                """,
            next: """
                On your page you choose your e-mails, agree or refuse, ask for a copy of your data, or have it \
                erased:
                """,
            button: "Open my page",
            notYou: "You need do nothing. Without your agreement, what needs it does not happen.",
            life: "The link works for {duration}. Please do not pass it on.",
            origin: "{brand} sent this mail once, to tell you of your page."),
        newConsents: RequestMail(
            subject: "Something new to decide at {brand}",
            title: "Something new to decide",
            reason: "on your page at {brand} there is something new for you to decide:",
            next: "On your page you can read it in full and decide:",
            button: "Look and decide",
            notYou: "You need do nothing. What you have decided so far stays as it is.",
            life: "The link works for {duration}. Please do not pass it on.",
            origin: "{brand} sent this mail once, because your page has changed."),
        renewal: RequestMail(
            subject: "Your agreement with {brand} runs out soon",
            title: "Would you like to renew?",
            reason: "some time ago you agreed to this. It runs out soon:",
            next: "If it shall go on, please agree again on your page:",
            button: "Look and decide",
            notYou: "If you do nothing, your agreement ends by itself on that day.",
            life: "The link works for {duration}. Please do not pass it on.",
            origin: "{brand} sent this mail once, because you agreed for a limited time."),
        newConsent: "New: “{text}”",
        newText: "New wording: “{text}”",
        runsOut: "“{text}” – until {date}")

    static let englishDates = Dates(
        months: [
            "January", "February", "March", "April", "May", "June",
            "July", "August", "September", "October", "November", "December",
        ],
        pattern: "{day} {month} {year}",
        firstDay: "1")
}
