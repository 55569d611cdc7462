extension Words {
    static let german = Words(
        tag: "de",
        confirmation: Confirmation(
            ask: Notice(
                "Bitte bestätigen Sie",
                """
                Jemand hat {brand} gebeten, E-Mails an Ihre Adresse zu senden. Wenn Sie das waren, bestätigen Sie \
                bitte, dass Sie sie wünschen.
                """),
            confirm: "Ja, ich bestätige",
            decline: "Das war ich nicht",
            note: """
                Sie können die E-Mails jederzeit beenden, mit einem Klick in jeder von ihnen. Nach „Das war ich nicht“ \
                bekommen Sie keine Werbung von uns.
                """,
            lists: "Mit der Bestätigung abonnieren Sie:",
            code: Notice(
                "Noch ein Schritt",
                """
                Manche Programme drücken von selbst auf Knöpfe. Damit wir sicher sind, dass Sie es sind, geben Sie \
                bitte den sechsstelligen Code ein, der in der E-Mail mit diesem Link steht.
                """),
            wrongCode: Notice(
                "Der Code war nicht richtig",
                """
                Bitte sehen Sie in der E-Mail nach, aus der Sie den Link geöffnet haben, und geben Sie die sechs \
                Ziffern noch einmal ein. Nach fünf falschen Codes wird der Link gesperrt.
                """),
            codeLabel: "Code aus der E-Mail",
            codeHint: "Sechs Ziffern",
            codeError: "Das ist nicht der Code zu diesem Link."),
        unsubscribing: Unsubscribing(
            ask: Notice("Keine E-Mails mehr?", "Mit einem Klick beenden Sie alle Werbe-E-Mails von {brand}."),
            button: "E-Mails beenden",
            note: "Solange Sie nicht klicken, ändert sich nichts."),
        preferences: germanPreferences,
        changes: germanChanges,
        changePage: germanChangePage,
        undoPage: germanUndoPage,
        pageLinkEnded: germanPageLinkEnded,
        frame: Frame(
            footer: "Sie entscheiden, was wir mit Ihren Daten tun dürfen.",
            showFormAgain: "Formular noch einmal zeigen", backToPage: "Zurück zu meinen Entscheidungen"),
        notices: Notices(
            confirmed: Notice(
                "Vielen Dank",
                "Es ist bestätigt: {brand} darf Ihnen E-Mails senden. In jeder steht ein Link, der sie beendet."),
            declined: Notice(
                "In Ordnung, keine E-Mails",
                "Sie bekommen keine Werbe-E-Mails von {brand} und müssen nichts weiter tun."),
            unsubscribed: Notice(
                "Keine E-Mails mehr",
                "Erledigt: {brand} sendet Ihnen keine Werbe-E-Mails mehr. Sie müssen nichts weiter tun."),
            beingCarriedOut: Notice(
                "Festgehalten",
                "Ihre Entscheidung ist festgehalten und wird ausgeführt. Das kann einen Moment dauern."),
            alreadyConfirmed: Notice(
                "Schon bestätigt",
                "Dieser Link wurde bereits benutzt: Die E-Mails sind bestätigt. Sie müssen nichts weiter tun."),
            alreadyDeclined: Notice(
                "Schon abgelehnt",
                """
                Dieser Link wurde bereits benutzt: Sie bekommen deswegen keine E-Mails. Sie müssen nichts weiter tun.
                """),
            superseded: Notice(
                "Dieser Link gilt nicht mehr",
                """
                Etwas Neueres ist an seine Stelle getreten: eine andere E-Mail oder eine spätere Entscheidung. Bitte \
                benutzen Sie den Link in der neuesten E-Mail.
                """),
            expired: Notice(
                "Dieser Link ist abgelaufen",
                """
                Zu Ihrer Sicherheit galt er nur begrenzte Zeit; geändert wurde nichts. Wenn Sie unsere E-Mails noch \
                wünschen, füllen Sie bitte das Formular auf unserer Website noch einmal aus.
                """),
            tooManyCodes: Notice(
                "Dieser Link wurde gesperrt",
                """
                Der Code war zu oft falsch. Zu Ihrer Sicherheit gilt der Link nicht mehr; geändert wurde nichts. Wenn \
                Sie unsere E-Mails noch wünschen, füllen Sie bitte das Formular auf unserer Website noch einmal aus: \
                Sie bekommen eine neue E-Mail, vielleicht erst nach einem Tag. Wenn Sie das nicht waren, müssen Sie \
                nichts tun.
                """),
            nothingLeft: Notice("Nichts mehr zu tun", "Wir haben keine Daten mehr, die dieser Link betreffen könnte."),
            unknownPage: Notice(
                "Diese Seite kennen wir nicht",
                """
                Vielleicht wurde der Link nicht vollständig kopiert. Bitte öffnen Sie ihn noch einmal aus der E-Mail, \
                oder kopieren Sie ihn ganz.
                """),
            unclearForm: Notice(
                "Das kam nicht vollständig an",
                "Bitte öffnen Sie den Link noch einmal aus der E-Mail und benutzen Sie dort einen Knopf."),
            wrongMethod: Notice(
                "Das geht hier nicht", "Bitte öffnen Sie den Link aus der E-Mail in Ihrem Browser."),
            tooLarge: Notice(
                "Das war zu viel", "Es wurde mehr gesendet, als eines unserer Formulare fasst. Geändert wurde nichts."),
            tooSlow: Notice(
                "Das hat zu lange gedauert", "Geändert wurde nichts. Bitte versuchen Sie es noch einmal."),
            tooManyVisits: Notice(
                "Einen Moment, bitte",
                """
                Diese Seite wurde in kurzer Zeit sehr oft geöffnet. Ihre Entscheidungen sind unverändert. Bitte warten \
                Sie eine Minute und versuchen Sie es dann noch einmal.
                """),
            unavailable: Notice(
                "Bitte versuchen Sie es gleich noch einmal",
                """
                Gerade konnten wir nichts festhalten; geändert wurde nichts. Bitte versuchen Sie es in einigen Minuten \
                noch einmal.
                """),
            changes: germanChangeNotices),
        doubleOptInMail: ConfirmationMail(
            subject: "Bitte bestätigen: Neuigkeiten per E-Mail von {brand}",
            title: "Bitte bestätigen Sie Ihre E-Mail-Adresse",
            greeting: "Guten Tag,",
            reason: """
                jemand, vermutlich Sie selbst, hat {brand} gebeten, Neuigkeiten und Angebote an diese E-Mail-Adresse \
                zu schicken.
                """,
            ask: "Wenn Sie das möchten, öffnen Sie bitte diese Seite und bestätigen Sie es dort:",
            next: "Auf der Seite, die sich öffnet, drücken Sie noch einen Knopf; erst dann schreiben wir Ihnen.",
            button: "E-Mail-Adresse bestätigen",
            code: "Falls die Seite nach einem Code fragt, ist es dieser:",
            notYou: """
                Sie waren das nicht? Dann müssen Sie nichts tun: Ohne Bestätigung bekommen Sie von uns keine solchen \
                E-Mails.
                """,
            life: """
                Der Link gilt {duration}. Sie können es sich jederzeit anders überlegen: Jede E-Mail lässt sich \
                abbestellen.
                """,
            fallback: "Falls der Knopf nicht geht, kopieren Sie diese Adresse in Ihren Browser:",
            origin: """
                {brand} hat diese E-Mail geschickt, weil diese Adresse mit der Bitte um Neuigkeiten per E-Mail \
                eingetragen wurde.
                """,
            regards: "Freundliche Grüße"),
        requestMails: germanRequestMails,
        partnerMail: germanPartnerMail,
        footer: Footer(standard: "Sie entscheiden, was wir mit Ihren Daten tun dürfen.", link: "Ihre Entscheidungen"),
        durations: Durations(days: "{number} Tage", hours: "{number} Stunden", hour: "eine Stunde"),
        dates: germanDates)
}
