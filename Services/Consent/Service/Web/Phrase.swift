/// The languages that the pages' own words exist in.
enum PageLanguage: String, CaseIterable, Sendable {
    case en
    case de

    /// The language of a tag, or English.
    init(nearest tag: String) {
        self = PageLanguage(rawValue: String(tag.lowercased().prefix { $0 != "-" })) ?? .en
    }
}

/// Short words of the pages.
enum Phrase: CaseIterable, Sendable {
    case confirmTitle, confirmText, confirmButton, declineButton, confirmNote, confirmLists
    case codeTitle, codeText, codeLabel, codeHint, wrongCodeTitle, wrongCodeText, wrongCode
    case unsubscribeTitle, unsubscribeText, unsubscribeButton, unsubscribeNote
    case pageTitle, pageText, pageNote
    case footer, showFormAgain

    /// The words; `{brand}` stands for the organisation's name.
    func text(_ language: PageLanguage, brand: String = "") -> String {
        let pair = pair
        let text =
            switch language {
            case .en: pair.en
            case .de: pair.de
            }
        return text.replacing("{brand}", with: brand)
    }

    private var pair: (en: String, de: String) {
        switch self {
        case .confirmTitle: ("Please confirm", "Bitte bestätigen Sie")
        case .confirmText:
            (
                "Somebody asked {brand} to send e-mails to your address. If it was you, please confirm that you want them.",
                "Jemand hat {brand} gebeten, E-Mails an Ihre Adresse zu senden. Wenn Sie das waren, bestätigen Sie bitte, "
                    + "dass Sie sie wünschen."
            )
        case .confirmButton: ("Yes, I confirm", "Ja, ich bestätige")
        case .declineButton: ("This was not me", "Das war ich nicht")
        case .confirmNote:
            (
                "You can stop the e-mails at any time, with one click in each of them. After “This was not me” you get "
                    + "no advertising from us.",
                "Sie können die E-Mails jederzeit beenden, mit einem Klick in jeder von ihnen. Nach „Das war ich nicht“ "
                    + "bekommen Sie keine Werbung von uns."
            )
        case .confirmLists: ("By confirming you subscribe to:", "Mit der Bestätigung abonnieren Sie:")
        case .codeTitle: ("One more step", "Noch ein Schritt")
        case .codeText:
            (
                "Some programs press buttons by themselves. To be sure that it is you, please type in the six-digit code "
                    + "that stands in the e-mail with this link.",
                "Manche Programme drücken von selbst auf Knöpfe. Damit wir sicher sind, dass Sie es sind, geben Sie bitte "
                    + "den sechsstelligen Code ein, der in der E-Mail mit diesem Link steht."
            )
        case .codeLabel: ("Code from the e-mail", "Code aus der E-Mail")
        case .codeHint: ("Six digits", "Sechs Ziffern")
        case .wrongCodeTitle: ("The code was not right", "Der Code war nicht richtig")
        case .wrongCodeText:
            (
                "Please look at the e-mail that you opened the link from, and type in its six digits once more. After five "
                    + "wrong codes the link is closed.",
                "Bitte sehen Sie in der E-Mail nach, aus der Sie den Link geöffnet haben, und geben Sie die sechs Ziffern "
                    + "noch einmal ein. Nach fünf falschen Codes wird der Link gesperrt."
            )
        case .wrongCode: ("This is not the code of this link.", "Das ist nicht der Code zu diesem Link.")
        case .unsubscribeTitle: ("No more e-mails?", "Keine E-Mails mehr?")
        case .unsubscribeText:
            (
                "With one click you stop all advertising e-mails from {brand}.",
                "Mit einem Klick beenden Sie alle Werbe-E-Mails von {brand}."
            )
        case .unsubscribeButton: ("Stop the e-mails", "E-Mails beenden")
        case .unsubscribeNote:
            ("Nothing changes until you press the button.", "Solange Sie nicht klicken, ändert sich nichts.")
        case .pageTitle: ("Your choices", "Ihre Entscheidungen")
        case .pageText:
            (
                "Here you will decide what {brand} may do with your data, and see what you have decided so far.",
                "Hier werden Sie entscheiden, was {brand} mit Ihren Daten tun darf, und sehen, was Sie bisher entschieden "
                    + "haben."
            )
        case .pageNote:
            (
                "This page is being prepared. Please keep the link: it will work without a new one.",
                "Diese Seite wird gerade vorbereitet. Bitte heben Sie den Link auf: Sie brauchen dann keinen neuen."
            )
        case .footer:
            ("You decide what we may do with your data.", "Sie entscheiden, was wir mit Ihren Daten tun dürfen.")
        case .showFormAgain: ("Show the form again", "Formular noch einmal zeigen")
        }
    }
}
