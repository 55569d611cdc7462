extension Words {
    static let germanPreferences = Preferences(
        intro: Notice(
            "Ihre Entscheidungen",
            """
            Hier entscheiden Sie, was {brand} mit Ihren Daten tun darf. Sie können es sich jederzeit anders \
            überlegen.
            """),
        introEmailOnly: Notice(
            "Ihre E-Mails",
            """
            Hier entscheiden Sie, welche E-Mails {brand} Ihnen senden darf. Sie können es sich jederzeit anders \
            überlegen.
            """),
        labels: PageLabels(
            navigation: "Auf dieser Seite",
            save: "Auswahl speichern",
            saveHint: "Danach senden wir Ihnen eine E-Mail. Erst wenn Sie dort bestätigen, ändert sich etwas.",
            saveHintAtOnce: """
                Was Sie widerrufen, gilt sofort, soweit es sich rückgängig machen lässt. Alles andere gilt, sobald \
                Sie es per E-Mail bestätigt haben.
                """,
            responsible: "Verantwortlich für Ihre Daten:",
            privacyPolicy: "Datenschutzerklärung",
            pending: "Noch zu bestätigen",
            pendingHint: "Diese Änderungen gelten, sobald Sie den Knopf hinter dem Link in unserer E-Mail drücken.",
            waiting: "noch nicht bestätigt",
            resend: "E-Mail noch einmal senden",
            cancel: "Neue Zustimmungen zurücknehmen",
            cancelHint: """
                Hier können Sie nur neue Zustimmungen zurücknehmen. Für alles andere gibt es einen Knopf auf der \
                Seite hinter dem Link in der E-Mail.
                """,
            email: "E-Mails",
            emailUnavailable: """
                Ihre Entscheidungen zu E-Mails können wir gerade nicht zeigen. Bitte öffnen Sie diese Seite in \
                einigen Minuten noch einmal. Alles andere hier geht wie gewohnt.
                """,
            marketing: "Dürfen wir Ihnen Neuigkeiten und Angebote per E-Mail senden?",
            marketingIn: "Ja, ich möchte E-Mails",
            marketingOut: "Nein, ich möchte keine",
            getsEmail: "Sie bekommen E-Mails",
            getsNoEmail: "Keine E-Mails",
            underSentence: "Diesem Satz haben Sie zugestimmt:",
            lists: "Newsletter",
            listsHint: "Wenn Sie gar keine E-Mails möchten, bekommen Sie auch diese nicht.",
            consents: "Was wir mit Ihren Daten tun dürfen",
            grant: "Ich stimme zu",
            refuse: "Ich stimme nicht zu",
            noObjection: "Ich widerspreche nicht",
            object: "Ich widerspreche",
            allowed: "Erlaubt",
            notAllowed: "Nicht erlaubt",
            purpose: "Zweck",
            basis: "Rechtsgrundlage",
            recipients: "Empfänger",
            fieldHint: """
                Wenn Sie das widerrufen, löschen wir, was gespeichert ist. Es lässt sich nicht wiederherstellen.
                """,
            policies: "Zum Nachlesen",
            rights: "Ihre Rechte",
            rightsHint: """
                Zu jedem dieser Schritte senden wir Ihnen zuerst eine E-Mail. Erst wenn Sie dort bestätigen, \
                geschieht etwas.
                """),
        version: "Fassung {version}",
        stopped: Notice(
            "Die Nutzung Ihrer Daten ist angehalten",
            """
            Sie haben sie am {date} angehalten. Niemand bearbeitet Ihre Daten, und Sie bekommen keine Werbung. \
            Unter „Ihre Rechte“ können Sie das wieder aufheben.
            """),
        erasureRequested: Notice(
            "Sie haben die Löschung Ihrer Daten verlangt",
            """
            Das haben wir am {date} erhalten und löschen Ihre Daten bis zum {due}. Danach bekommen Sie eine \
            letzte E-Mail von uns.
            """),
        accessRequested: Notice(
            "Sie haben um eine Kopie Ihrer Daten gebeten",
            "Das haben wir am {date} erhalten und senden Ihnen bis zum {due} eine E-Mail."),
        mailed: Notice(
            "Bitte sehen Sie in Ihr Postfach",
            """
            Wir haben Ihnen eine E-Mail gesendet. Was Sie geändert haben, gilt, sobald Sie den Knopf hinter dem \
            Link drücken.
            """),
        until: "Bis zum {date} zu bestätigen:",
        email: EmailReasons(
            noStatus: "Sie haben nicht um E-Mails gebeten. Deshalb bekommen Sie keine Werbung von uns.",
            addressChanged: """
                Ihre E-Mail-Adresse hat sich am {date} geändert. Dorthin senden wir keine Werbung, bis Sie neu \
                zustimmen.
                """,
            form: """
                Sie haben am {date} in einem Formular um E-Mails gebeten, es aber noch nicht mit dem Link in unserer \
                E-Mail bestätigt.
                """,
            confirmed: "Sie haben am {date} bestätigt, dass Sie E-Mails möchten.",
            confirmedAfterForm: """
                Sie haben am {date} bestätigt, dass Sie E-Mails möchten, nach einem Formular vom {formDate}.
                """,
            byUser: "Jemand aus unserem Haus hat am {date} festgehalten, dass Sie E-Mails möchten.",
            byImport: "Laut einer Liste, die wir am {date} übernommen haben, möchten Sie E-Mails.",
            outByUser: "Jemand aus unserem Haus hat am {date} festgehalten, dass Sie keine E-Mails möchten.",
            outByImport: "Laut einer Liste, die wir am {date} übernommen haben, möchten Sie keine E-Mails.",
            outOnPage: "Sie haben am {date} auf dieser Seite entschieden, dass Sie keine E-Mails möchten.",
            outByOneClick: "Sie haben sich am {date} mit dem Link in einer E-Mail abgemeldet.",
            outByDecline: "Am {date} wurde auf unsere E-Mail mit „Das war ich nicht“ geantwortet.",
            outByStop: "Sie haben am {date} die Nutzung Ihrer Daten angehalten. Damit enden auch unsere E-Mails.",
            outByComplaint: "Am {date} wurde eine unserer E-Mails als Spam gemeldet. Das gilt für uns als Abmeldung.",
            outOfAddress: """
                Diese E-Mail-Adresse wurde schon früher von allen unseren E-Mails abgemeldet. Daran halten wir uns.
                """,
            outRecovered: """
                Nach einem Datenverlust bei uns ist seit dem {date} wieder vermerkt, dass Sie keine E-Mails möchten.
                """,
            confirmationPending: """
                Wir haben Ihnen eine E-Mail gesendet. Bitte bestätigen Sie dort, dass Sie E-Mails von uns möchten.
                """,
            needsConfirmation: "Werbung senden wir nur, wenn jemand per E-Mail bestätigt hat, dass er sie möchte.",
            undeliverable: """
                E-Mails an Ihre Adresse kommen zu uns zurück. Deshalb senden wir Ihnen zurzeit keine mehr.
                """),
        consents: ConsentStates(
            granted: "Sie haben am {date} {channel} zugestimmt (Fassung {version} dieses Textes).",
            revoked: "Sie haben am {date} {channel} abgelehnt (Fassung {version} dieses Textes).",
            notObjected: """
                Sie haben am {date} {channel} erklärt, dass Sie nicht widersprechen (Fassung {version} dieses \
                Textes).
                """,
            objected: "Sie haben am {date} {channel} widersprochen (Fassung {version} dieses Textes).",
            undecided: "Sie haben noch nicht entschieden. Wir tun das nur, wenn Sie zustimmen.",
            notObjectedYet: "Sie haben nicht widersprochen. Bis dahin tun wir das.",
            expired: "Ihre Zustimmung ist am {date} abgelaufen und wurde nicht erneuert.",
            recovered: """
                Nach einem Datenverlust bei uns ist seit dem {date} wieder vermerkt, dass dies nicht erlaubt ist.
                """,
            newerText: "Der Text wurde seitdem geändert: Dies ist Fassung {version}.",
            runsOut: "Ihre Zustimmung läuft am {date} ab. Wir fragen Sie rechtzeitig, ob Sie sie erneuern.",
            renewNow: "Ihre Zustimmung läuft am {date} ab. Soll sie weiter gelten, wählen Sie hier bitte noch einmal.",
            clearedOn: "Was gespeichert ist, ist gesperrt und wird am {date} gelöscht, wenn Sie nicht neu zustimmen.",
            pending: """
                Sie haben „{choice}“ gewählt. Das gilt, sobald Sie es per E-Mail bestätigen, spätestens am {date}.
                """,
            channels: Channels(
                page: "auf dieser Seite",
                phone: "am Telefon",
                paper: "auf Papier",
                inPerson: "persönlich",
                email: "per E-Mail",
                imported: "laut einer übernommenen Liste"),
            bases: Bases(
                consent: "Ihre Zustimmung, die Sie jederzeit widerrufen können",
                contract: "Wir brauchen das für einen Vertrag mit Ihnen",
                legalObligation: "Ein Gesetz verpflichtet uns dazu",
                vitalInterests: "Das schützt Leben oder Gesundheit eines Menschen",
                publicTask: "Eine Aufgabe im öffentlichen Interesse. Sie können widersprechen",
                legitimateInterests: "Unser berechtigtes Interesse. Sie können widersprechen"),
            fixed: FixedReasons(
                contract: """
                    Das können Sie hier nicht ändern, weil sich der Vertrag mit Ihnen sonst nicht erfüllen lässt.
                    """,
                legalObligation: "Das können Sie hier nicht ändern, weil uns ein Gesetz dazu verpflichtet.",
                vitalInterests: """
                    Das können Sie hier nicht ändern, weil Leben oder Gesundheit eines Menschen davon abhängen \
                    können.
                    """,
                other: "Das können Sie hier nicht ändern. Bitte schreiben Sie uns, wenn Sie das möchten.")),
        rights: Rights(
            stop: Right(
                title: "Nutzung meiner Daten anhalten",
                text: """
                    Wir sperren Ihren Datensatz: Niemand kann ihn ändern, und Sie bekommen keine Werbung mehr. Sie \
                    können das jederzeit wieder aufheben.
                    """,
                button: "Nutzung anhalten"),
            resume: Right(
                title: "Nutzung wieder erlauben",
                text: """
                    Wir dürfen Ihre Daten wieder nutzen, soweit Ihre Entscheidungen oben es zulassen. Werbe-E-Mails \
                    kommen nur, wenn Sie neu darum bitten.
                    """,
                button: "Wieder erlauben"),
            access: Right(
                title: "Kopie meiner Daten",
                text: """
                    Wir stellen alles zusammen, was wir über Sie gespeichert haben, und senden Ihnen innerhalb eines \
                    Monats einen Link dazu.
                    """,
                button: "Kopie anfordern"),
            erase: Right(
                title: "Meine Daten löschen",
                text: """
                    Innerhalb eines Monats löschen wir alles, was verrät, wer Sie sind. Das lässt sich nicht \
                    rückgängig machen. Haben Sie sich von E-Mails abgemeldet, bleibt ein unlesbarer Fingerabdruck \
                    Ihrer Adresse, damit wir uns daran halten können.
                    """,
                button: "Löschung verlangen"),
            endLinks: Right(
                title: "Ältere Links zu dieser Seite beenden",
                text: """
                    In jeder unserer E-Mails steht ein Link zu dieser Seite. Wenn einer in fremden Händen sein \
                    könnte, können Sie alle älteren Links beenden.
                    """,
                button: "Ältere Links beenden")))
}
