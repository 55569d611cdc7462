extension Words {
    static let germanRequestMails = RequestMails(
        frame: MailFrame(
            greeting: "Guten Tag,",
            code: "Falls die Seite nach einem Code fragt, ist es dieser:",
            fallback: "Falls der Knopf nicht geht, kopieren Sie diese Adresse in Ihren Browser:",
            regards: "Freundliche Grüße"),
        change: RequestMail(
            subject: "Bitte bestätigen Sie Ihre Änderungen bei {brand}",
            title: "Bitte bestätigen Sie Ihre Änderungen",
            reason: """
                jemand, der den Link zu Ihrer Seite bei {brand} hat, vermutlich Sie selbst, hat um Folgendes gebeten:
                """,
            next: """
                Wenn Sie das möchten, öffnen Sie bitte diese Seite und drücken Sie dort den Knopf. Erst dann gilt es:
                """,
            button: "Ansehen und bestätigen",
            notYou: """
                Sie waren das nicht? Dann müssen Sie nichts tun: Ohne Bestätigung ändert sich nichts. Auf der Seite \
                gibt es auch einen Knopf, der die Anfrage beendet.
                """,
            life: "Der Link gilt {duration}.",
            origin: "{brand} hat diese E-Mail geschickt, weil auf Ihrer Seite um Änderungen gebeten wurde."),
        undo: RequestMail(
            subject: "Widerrufen bei {brand}, und wie Sie es rückgängig machen",
            title: "Ihr Widerruf gilt",
            reason: """
                jemand, der den Link zu Ihrer Seite bei {brand} hat, vermutlich Sie selbst, hat Folgendes widerrufen. \
                Das gilt ab sofort:
                """,
            next: "Wenn Sie das nicht wollten, öffnen Sie bitte diese Seite und drücken Sie dort den Knopf:",
            button: "Rückgängig machen",
            notYou: "Wenn alles so ist, wie Sie es möchten, müssen Sie nichts tun.",
            life: "Der Link gilt {duration}.",
            origin: "{brand} hat diese E-Mail geschickt, weil auf Ihrer Seite etwas widerrufen wurde."),
        resumed: RequestMail(
            subject: "{brand} nutzt Ihre Daten wieder",
            title: "Die Nutzung Ihrer Daten geht weiter",
            reason: """
                Sie haben die Nutzung Ihrer Daten bei {brand} angehalten. Jemand aus unserem Haus hat nun verlangt, \
                dass das aufgehoben wird. Nach dieser E-Mail dürfen wir Ihre Daten wieder nutzen, soweit Ihre \
                Entscheidungen es zulassen.
                """,
            next: """
                Wenn Sie das nicht möchten, öffnen Sie bitte Ihre Seite und halten Sie die Nutzung dort noch einmal \
                an:
                """,
            button: "Meine Seite öffnen",
            notYou: "Werbe-E-Mails bleiben aus, bis Sie neu darum bitten.",
            life: "Der Link gilt {duration}.",
            origin: "{brand} hat diese E-Mail geschickt, weil Sie davon erfahren müssen, bevor es geschieht."),
        pageLink: RequestMail(
            subject: "Ihr neuer Link zu Ihrer Seite bei {brand}",
            title: "Ihr neuer Link",
            reason: "jemand, vermutlich Sie selbst, hat um einen neuen Link zu Ihrer Seite bei {brand} gebeten.",
            next: "Mit diesem Link sehen Sie Ihre Entscheidungen und können sie ändern:",
            button: "Meine Seite öffnen",
            notYou: """
                Sie waren das nicht? Dann müssen Sie nichts tun: Der Link ging nur an dieses Postfach. Bitte geben \
                Sie ihn nicht weiter.
                """,
            life: "Der Link gilt {duration}.",
            origin: "{brand} hat diese E-Mail geschickt, weil um einen neuen Link gebeten wurde."),
        invitation: RequestMail(
            subject: "Sie entscheiden, was {brand} mit Ihren Daten tun darf",
            title: "Eine Seite für Ihre Entscheidungen",
            reason: """
                ab jetzt haben Sie bei {brand} eine eigene Seite. Dort sehen Sie, was wir mit Ihren Daten tun dürfen, \
                und entscheiden selbst darüber.
                """,
            next: """
                Auf Ihrer Seite wählen Sie Ihre E-Mails aus, stimmen zu oder lehnen ab, fordern eine Kopie Ihrer \
                Daten an oder lassen sie löschen:
                """,
            button: "Meine Seite öffnen",
            notYou: "Sie müssen nichts tun. Was Ihre Zustimmung braucht, geschieht ohne sie nicht.",
            life: "Der Link gilt {duration}. Bitte geben Sie ihn nicht weiter.",
            origin: "{brand} hat diese E-Mail einmalig geschickt, um Sie auf Ihre Seite hinzuweisen."),
        newConsents: RequestMail(
            subject: "Etwas Neues zu entscheiden bei {brand}",
            title: "Etwas Neues zu entscheiden",
            reason: "auf Ihrer Seite bei {brand} gibt es etwas Neues zu entscheiden:",
            next: "Auf Ihrer Seite können Sie es vollständig lesen und entscheiden:",
            button: "Ansehen und entscheiden",
            notYou: "Sie müssen nichts tun. Was Sie bisher entschieden haben, bleibt, wie es ist.",
            life: "Der Link gilt {duration}. Bitte geben Sie ihn nicht weiter.",
            origin: "{brand} hat diese E-Mail einmalig geschickt, weil sich Ihre Seite geändert hat."),
        renewal: RequestMail(
            subject: "Ihre Zustimmung bei {brand} läuft bald ab",
            title: "Möchten Sie erneuern?",
            reason: "vor einiger Zeit haben Sie Folgendem zugestimmt. Das läuft bald ab:",
            next: "Wenn es weitergehen soll, stimmen Sie bitte auf Ihrer Seite noch einmal zu:",
            button: "Ansehen und entscheiden",
            notYou: "Wenn Sie nichts tun, endet Ihre Zustimmung an diesem Tag von selbst.",
            life: "Der Link gilt {duration}. Bitte geben Sie ihn nicht weiter.",
            origin: "{brand} hat diese E-Mail einmalig geschickt, weil Ihre Zustimmung befristet war."),
        newConsent: "Neu: „{text}“",
        newText: "Neuer Wortlaut: „{text}“",
        runsOut: "„{text}“ – bis zum {date}")

    static let germanDates = Dates(
        months: [
            "Januar", "Februar", "März", "April", "Mai", "Juni",
            "Juli", "August", "September", "Oktober", "November", "Dezember",
        ],
        pattern: "{day}. {month} {year}",
        firstDay: "1")
}
