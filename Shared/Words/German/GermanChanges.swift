extension Words {
    static let germanChanges = Changes(
        grant: "Sie stimmen zu: „{text}“",
        revoke: "Sie stimmen nicht zu: „{text}“",
        revokeField: """
            Sie stimmen nicht zu: „{text}“ Was gespeichert ist, wird gelöscht und lässt sich nicht wiederherstellen.
            """,
        object: "Sie widersprechen: „{text}“",
        endObjection: "Sie widersprechen nicht mehr: „{text}“",
        subscribe: "Sie abonnieren „{list}“",
        leave: "Sie verlassen den Verteiler „{list}“",
        marketingIn: "Sie möchten Neuigkeiten und Angebote per E-Mail",
        marketingOut: "Sie bekommen keine Neuigkeiten und Angebote mehr per E-Mail",
        stop: "Die Nutzung Ihrer Daten wird angehalten",
        resume: "Ihre Daten dürfen wieder genutzt werden",
        erase: "Ihre Daten werden gelöscht; das lässt sich nicht rückgängig machen",
        access: "Sie bekommen eine Kopie Ihrer Daten",
        endLinks: "Alle älteren Links zu Ihrer Seite enden")

    static let germanChangePage = ChangePage(
        ask: Notice(
            "Bitte bestätigen Sie",
            """
            Jemand, der den Link zu Ihrer Seite bei {brand} hat, hat darum gebeten. Wenn Sie das waren, \
            bestätigen Sie es bitte.
            """),
        items: "Das ändert sich:",
        confirm: "Ja, ich bestätige",
        decline: "Nein, nichts ändern",
        note: """
            Solange Sie keinen Knopf drücken, ändert sich nichts. Mit „Nein, nichts ändern“ ist die Anfrage beendet.
            """)

    static let germanUndoPage = ChangePage(
        ask: Notice(
            "Rückgängig machen?",
            """
            Jemand, der den Link zu Ihrer Seite bei {brand} hat, hat dies widerrufen. Das gilt bereits. Wenn Sie \
            es nicht wollten, machen Sie es hier rückgängig.
            """),
        items: "Das wurde widerrufen:",
        confirm: "Rückgängig machen",
        decline: "Widerrufen lassen",
        note: "Solange Sie keinen Knopf drücken, ändert sich nichts.")

    static let germanPageLinkEnded = PageLinkEnded(
        ask: Notice(
            "Dieser Link gilt nicht mehr",
            """
            Links zu Ihrer Seite enden nach einiger Zeit, oder wenn Sie selbst sie beenden. Ihre Entscheidungen \
            sind unverändert.
            """),
        newLink: "Neuen Link senden",
        newLinkHint: "Er geht an die E-Mail-Adresse, die wir von Ihnen haben.",
        unsubscribe: "E-Mails beenden",
        unsubscribeHint: "Wir senden Ihnen zuerst eine E-Mail. Erst wenn Sie dort bestätigen, ändert sich etwas.")

    static let germanChangeNotices = ChangeNotices(
        mailed: Notice(
            "Bitte sehen Sie in Ihr Postfach",
            """
            Wir haben Ihnen eine E-Mail gesendet. Erst wenn Sie den Knopf hinter dem Link darin drücken, ändert \
            sich etwas. Der Link gilt {duration}.
            """),
        mailedAgain: Notice(
            "Noch einmal gesendet",
            """
            Bitte sehen Sie in Ihr Postfach, vielleicht auch in den Spam-Ordner. Erst wenn Sie den Knopf hinter \
            dem Link drücken, ändert sich etwas.
            """),
        tooManyMails: Notice(
            "Bitte sehen Sie in Ihr Postfach",
            """
            Wir haben Ihnen schon mehrere E-Mails gesendet, deshalb senden wir vorerst keine weitere. Bitte \
            benutzen Sie den Link in der neuesten, oder versuchen Sie es morgen noch einmal.
            """),
        nothingChanged: Notice(
            "Nichts zu ändern",
            "Was Sie gesendet haben, gilt schon. Ihre Entscheidungen sind unverändert."),
        withdrawn: Notice(
            "Widerrufen",
            """
            Das gilt ab sofort. Wir haben Ihnen eine E-Mail mit einem Link gesendet, falls Sie es rückgängig \
            machen möchten.
            """),
        withdrawnAndMailed: Notice(
            "Ihre Entscheidungen sind gespeichert",
            """
            Was Sie widerrufen haben, ist widerrufen. Zu allem anderen haben wir Ihnen eine E-Mail gesendet: Es \
            gilt, sobald Sie den Knopf hinter dem Link drücken.
            """),
        cancelled: Notice(
            "Zurückgenommen",
            """
            Die neuen Erlaubnisse, die noch zu bestätigen waren, sind zurückgenommen. Sonst hat sich nichts \
            geändert.
            """),
        pageChanged: Notice(
            "Bitte sehen Sie noch einmal nach",
            """
            Ihre Entscheidungen haben sich geändert, seit Sie die Seite geöffnet haben, vielleicht in einem \
            anderen Fenster. Gespeichert haben wir nichts. Bitte öffnen Sie die Seite noch einmal.
            """),
        changed: Notice(
            "Vielen Dank",
            "Es ist erledigt und gilt ab sofort. Auf Ihrer Seite können Sie es sich jederzeit anders überlegen."),
        declined: Notice("Es wurde nichts geändert", "Die Anfrage ist beendet. Sie müssen nichts weiter tun."),
        undone: Notice("Rückgängig gemacht", "Alles ist wieder wie zuvor."),
        notUndone: Notice("Es bleibt widerrufen", "Sie müssen nichts weiter tun."),
        alreadyChanged: Notice(
            "Schon erledigt",
            "Dieser Link wurde bereits benutzt; die Änderungen gelten seitdem. Sie müssen nichts weiter tun."),
        alreadyDeclined: Notice(
            "Schon beendet",
            "Dieser Link wurde bereits benutzt; die Anfrage ist seitdem beendet. Geändert wurde nichts."),
        alreadyUndone: Notice(
            "Schon rückgängig gemacht",
            "Dieser Link wurde bereits benutzt; seitdem ist alles wie zuvor. Sie müssen nichts weiter tun."),
        expired: Notice(
            "Dieser Link ist abgelaufen",
            """
            Zu Ihrer Sicherheit galt er nur begrenzte Zeit; geändert wurde nichts. Wenn Sie die Änderung noch \
            möchten, machen Sie sie bitte auf Ihrer Seite noch einmal.
            """),
        undoExpired: Notice(
            "Dieser Link ist abgelaufen",
            """
            Rückgängig machen geht nicht mehr. Wenn Sie wieder zustimmen möchten, können Sie das jederzeit auf \
            Ihrer Seite tun.
            """),
        tooManyCodes: Notice(
            "Dieser Link wurde gesperrt",
            """
            Der Code war zu oft falsch. Zu Ihrer Sicherheit gilt der Link nicht mehr; geändert wurde nichts. Wenn \
            Sie die Änderung noch möchten, machen Sie sie bitte auf Ihrer Seite noch einmal.
            """),
        noLongerOffered: Notice(
            "Diese Frage gibt es nicht mehr",
            "Nach dem, was Sie ändern wollten, fragen wir nicht mehr. Sie müssen nichts weiter tun."),
        stopped: Notice(
            "Die Nutzung Ihrer Daten ist angehalten",
            """
            Niemand kann Ihre Daten mehr ändern, und Sie bekommen keine Werbung mehr. Auf Ihrer Seite können Sie \
            das jederzeit wieder aufheben.
            """),
        resumed: Notice(
            "Die Nutzung ist wieder erlaubt",
            "Wir dürfen Ihre Daten wieder nutzen, soweit Ihre Entscheidungen es zulassen."),
        erasureRequested: Notice(
            "Wir löschen Ihre Daten",
            """
            Ihr Verlangen ist bei uns angekommen. Wir löschen Ihre Daten bis zum {due} und melden uns per E-Mail, \
            wenn es erledigt ist.
            """),
        accessRequested: Notice(
            "Sie bekommen eine Kopie Ihrer Daten",
            """
            Ihre Bitte ist bei uns angekommen. Bis zum {due} senden wir Ihnen eine E-Mail mit einem Link zu der \
            Kopie.
            """),
        linksEnded: Notice(
            "Die älteren Links sind beendet",
            "Mit ihnen lässt sich Ihre Seite nicht mehr öffnen. In unserer nächsten E-Mail steht ein neuer."),
        newLinkSent: Notice(
            "Bitte sehen Sie in Ihr Postfach",
            "Wenn wir eine E-Mail-Adresse von Ihnen haben, ist ein neuer Link zu Ihrer Seite dorthin unterwegs."))
}
