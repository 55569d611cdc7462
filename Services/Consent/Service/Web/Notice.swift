/// Pages that only say something: what happened, or why nothing did.
enum Notice: CaseIterable, Sendable {
    case confirmed, declined, unsubscribed, beingCarriedOut
    case alreadyConfirmed, alreadyDeclined, superseded, expired, tooManyCodes, nothingLeft
    case unknownPage, unclearForm, wrongMethod, tooLarge, tooSlow, tooManyVisits, unavailable

    /// Heading and one paragraph; `{brand}` stands for the organisation's name.
    func words(_ language: PageLanguage, brand: String) -> (title: String, text: String) {
        let (title, text) =
            switch language {
            case .en: english
            case .de: german
            }
        return (title.replacing("{brand}", with: brand), text.replacing("{brand}", with: brand))
    }

    private var english: (title: String, text: String) {
        switch self {
        case .confirmed:
            ("Thank you", "It is confirmed: {brand} may send you e-mails. Each of them has a link that stops them.")
        case .declined:
            (
                "All right, no e-mails",
                "You get no advertising e-mails from {brand}. You need do nothing more."
            )
        case .unsubscribed:
            ("No more e-mails", "It is done: {brand} sends you no more advertising e-mails. You need do nothing more.")
        case .beingCarriedOut:
            ("Recorded", "Your choice is recorded and is being carried out. This can take a moment.")
        case .alreadyConfirmed:
            ("Already confirmed", "This link was used before: the e-mails are confirmed. You need do nothing more.")
        case .alreadyDeclined:
            (
                "Already declined",
                "This link was used before: you get no e-mails because of it. You need do nothing more."
            )
        case .superseded:
            (
                "This link no longer counts",
                "Something newer has taken its place: another e-mail, or a later choice. Please use the link in the newest "
                    + "e-mail."
            )
        case .expired:
            (
                "This link has run out",
                "For your safety it worked for a limited time only, and nothing was changed. If you still want our e-mails, "
                    + "please fill in the form on our website again."
            )
        case .tooManyCodes:
            (
                "This link has been closed",
                "The code was wrong too often. For your safety the link no longer works, and nothing was changed. If you "
                    + "still want our e-mails, please fill in the form on our website again: you get a new e-mail, "
                    + "perhaps only a day later. If it was not you, you need do nothing."
            )
        case .nothingLeft: ("Nothing left to do", "We keep no data any more that this link could concern.")
        case .unknownPage:
            (
                "We do not know this page",
                "Perhaps the link was not copied completely. Please open it from the e-mail once more, or copy all of it."
            )
        case .unclearForm:
            ("That did not reach us completely", "Please open the link from the e-mail again and use a button there.")
        case .wrongMethod: ("That does not work here", "Please open the link from the e-mail in your browser.")
        case .tooLarge: ("That was too much", "What was sent is larger than any form of ours. Nothing was changed.")
        case .tooSlow: ("That took too long", "Nothing was changed. Please try again.")
        case .tooManyVisits:
            (
                "One moment, please",
                "This page was opened very often in a short time. Your choices are unchanged. Please wait a minute and try "
                    + "again."
            )
        case .unavailable:
            (
                "Please try again shortly",
                "We could not record anything just now, and nothing was changed. Please try again in a few minutes."
            )
        }
    }

    private var german: (title: String, text: String) {
        switch self {
        case .confirmed:
            (
                "Vielen Dank",
                "Es ist bestätigt: {brand} darf Ihnen E-Mails senden. In jeder steht ein Link, der sie beendet."
            )
        case .declined:
            ("In Ordnung, keine E-Mails", "Sie bekommen keine Werbe-E-Mails von {brand} und müssen nichts weiter tun.")
        case .unsubscribed:
            (
                "Keine E-Mails mehr",
                "Erledigt: {brand} sendet Ihnen keine Werbe-E-Mails mehr. Sie müssen nichts weiter tun."
            )
        case .beingCarriedOut:
            ("Festgehalten", "Ihre Entscheidung ist festgehalten und wird ausgeführt. Das kann einen Moment dauern.")
        case .alreadyConfirmed:
            (
                "Schon bestätigt",
                "Dieser Link wurde bereits benutzt: Die E-Mails sind bestätigt. Sie müssen nichts weiter tun."
            )
        case .alreadyDeclined:
            (
                "Schon abgelehnt",
                "Dieser Link wurde bereits benutzt: Sie bekommen deswegen keine E-Mails. Sie müssen nichts weiter tun."
            )
        case .superseded:
            (
                "Dieser Link gilt nicht mehr",
                "Etwas Neueres ist an seine Stelle getreten: eine andere E-Mail oder eine spätere Entscheidung. Bitte "
                    + "benutzen Sie den Link in der neuesten E-Mail."
            )
        case .expired:
            (
                "Dieser Link ist abgelaufen",
                "Zu Ihrer Sicherheit galt er nur begrenzte Zeit; geändert wurde nichts. Wenn Sie unsere E-Mails noch "
                    + "wünschen, füllen Sie bitte das Formular auf unserer Website noch einmal aus."
            )
        case .tooManyCodes:
            (
                "Dieser Link wurde gesperrt",
                "Der Code war zu oft falsch. Zu Ihrer Sicherheit gilt der Link nicht mehr; geändert wurde nichts. Wenn Sie "
                    + "unsere E-Mails noch wünschen, füllen Sie bitte das Formular auf unserer Website noch einmal aus: "
                    + "Sie bekommen eine neue E-Mail, vielleicht erst nach einem Tag. Wenn Sie das nicht waren, müssen "
                    + "Sie nichts tun."
            )
        case .nothingLeft: ("Nichts mehr zu tun", "Wir haben keine Daten mehr, die dieser Link betreffen könnte.")
        case .unknownPage:
            (
                "Diese Seite kennen wir nicht",
                "Vielleicht wurde der Link nicht vollständig kopiert. Bitte öffnen Sie ihn noch einmal aus der E-Mail, oder "
                    + "kopieren Sie ihn ganz."
            )
        case .unclearForm:
            (
                "Das kam nicht vollständig an",
                "Bitte öffnen Sie den Link noch einmal aus der E-Mail und benutzen Sie dort einen Knopf."
            )
        case .wrongMethod: ("Das geht hier nicht", "Bitte öffnen Sie den Link aus der E-Mail in Ihrem Browser.")
        case .tooLarge:
            ("Das war zu viel", "Es wurde mehr gesendet, als eines unserer Formulare fasst. Geändert wurde nichts.")
        case .tooSlow: ("Das hat zu lange gedauert", "Geändert wurde nichts. Bitte versuchen Sie es noch einmal.")
        case .tooManyVisits:
            (
                "Einen Moment, bitte",
                "Diese Seite wurde in kurzer Zeit sehr oft geöffnet. Ihre Entscheidungen sind unverändert. Bitte warten Sie "
                    + "eine Minute und versuchen Sie es dann noch einmal."
            )
        case .unavailable:
            (
                "Bitte versuchen Sie es gleich noch einmal",
                "Gerade konnten wir nichts festhalten; geändert wurde nichts. Bitte versuchen Sie es in einigen Minuten "
                    + "noch einmal."
            )
        }
    }
}
