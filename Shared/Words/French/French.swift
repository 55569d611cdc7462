extension Words {
    static let french = Words(
        tag: "fr",
        confirmation: Confirmation(
            ask: Notice(
                "Merci de confirmer",
                """
                Quelqu’un a demandé à {brand} d’envoyer des e-mails à votre adresse. Si c’était vous, confirmez que \
                vous souhaitez les recevoir.
                """),
            confirm: "Oui, je confirme",
            decline: "Ce n’était pas moi",
            note: """
                Vous pouvez arrêter les e-mails à tout moment, d’un clic dans chacun d’eux. Après « Ce n’était pas \
                moi », vous ne recevrez aucune publicité de notre part.
                """,
            lists: "En confirmant, vous vous abonnez à :",
            code: Notice(
                "Encore une étape",
                """
                Certains programmes appuient d’eux-mêmes sur des boutons. Pour nous assurer que c’est bien vous, \
                saisissez le code à six chiffres qui figure dans l’e-mail contenant ce lien.
                """),
            wrongCode: Notice(
                "Le code n’est pas le bon",
                """
                Regardez l’e-mail à partir duquel vous avez ouvert le lien et saisissez de nouveau ses six chiffres. \
                Après cinq codes erronés, le lien est fermé.
                """),
            codeLabel: "Code reçu par e-mail",
            codeHint: "Six chiffres",
            codeError: "Ce n’est pas le code de ce lien."),
        unsubscribing: Unsubscribing(
            ask: Notice("Plus d’e-mails ?", "D’un clic, vous arrêtez tous les e-mails publicitaires de {brand}."),
            button: "Arrêter les e-mails",
            note: "Rien ne change tant que vous n’avez pas appuyé sur le bouton."),
        preferences: frenchPreferences,
        changes: frenchChanges,
        changePage: frenchChangePage,
        undoPage: frenchUndoPage,
        pageLinkEnded: frenchPageLinkEnded,
        frame: Frame(
            footer: "C’est vous qui décidez de ce que nous pouvons faire de vos données.",
            showFormAgain: "Afficher de nouveau le formulaire", backToPage: "Retour à mes choix"),
        notices: Notices(
            confirmed: Notice(
                "Merci",
                """
                C’est confirmé : {brand} peut vous envoyer des e-mails. Chacun contient un lien qui permet de les \
                arrêter.
                """
            ),
            declined: Notice(
                "Entendu, pas d’e-mails",
                "Vous ne recevrez pas d’e-mails publicitaires de {brand}. Vous n’avez rien d’autre à faire."),
            unsubscribed: Notice(
                "Plus d’e-mails",
                "C’est fait : {brand} ne vous enverra plus d’e-mails publicitaires. Vous n’avez rien d’autre à faire."),
            beingCarriedOut: Notice(
                "Enregistré",
                "Votre choix est enregistré et en cours d’application. Cela peut prendre un instant."),
            alreadyConfirmed: Notice(
                "Déjà confirmé",
                "Ce lien a déjà été utilisé : les e-mails sont confirmés. Vous n’avez rien d’autre à faire."),
            alreadyDeclined: Notice(
                "Déjà refusé",
                """
                Ce lien a déjà été utilisé : vous ne recevrez pas d’e-mails à ce titre. Vous n’avez rien d’autre à \
                faire.
                """),
            superseded: Notice(
                "Ce lien n’est plus valable",
                """
                Quelque chose de plus récent l’a remplacé : un autre e-mail ou un choix ultérieur. Utilisez le lien de \
                l’e-mail le plus récent.
                """),
            expired: Notice(
                "Ce lien a expiré",
                """
                Pour votre sécurité, il n’était valable qu’un temps limité ; rien n’a été modifié. Si vous souhaitez \
                toujours recevoir nos e-mails, remplissez de nouveau le formulaire sur notre site.
                """),
            tooManyCodes: Notice(
                "Ce lien a été fermé",
                """
                Le code a été erroné trop souvent. Pour votre sécurité, le lien ne fonctionne plus ; rien n’a été \
                modifié. Si vous souhaitez toujours recevoir nos e-mails, remplissez de nouveau le formulaire sur \
                notre site : vous recevrez un nouvel e-mail, peut-être seulement un jour plus tard. Si ce n’était pas \
                vous, vous n’avez rien à faire.
                """),
            nothingLeft: Notice(
                "Plus rien à faire", "Nous ne conservons plus aucune donnée que ce lien pourrait concerner."),
            unknownPage: Notice(
                "Nous ne connaissons pas cette page",
                """
                Le lien n’a peut-être pas été copié en entier. Ouvrez-le de nouveau à partir de l’e-mail, ou copiez-le \
                entièrement.
                """),
            unclearForm: Notice(
                "Votre envoi ne nous est pas parvenu en entier",
                "Ouvrez de nouveau le lien à partir de l’e-mail et utilisez l’un des boutons."),
            wrongMethod: Notice(
                "Cela ne fonctionne pas ici", "Ouvrez le lien de l’e-mail dans votre navigateur."),
            tooLarge: Notice(
                "C’était trop", "L’envoi est plus volumineux que tous nos formulaires. Rien n’a été modifié."),
            tooSlow: Notice("C’était trop long", "Rien n’a été modifié. Veuillez réessayer."),
            tooManyVisits: Notice(
                "Un instant, s’il vous plaît",
                """
                Cette page a été ouverte très souvent en peu de temps. Vos choix sont inchangés. Patientez une minute, \
                puis réessayez.
                """),
            unavailable: Notice(
                "Veuillez réessayer dans un instant",
                """
                Nous n’avons rien pu enregistrer pour le moment ; rien n’a été modifié. Veuillez réessayer dans \
                quelques minutes.
                """),
            changes: frenchChangeNotices),
        doubleOptInMail: ConfirmationMail(
            subject: "Merci de confirmer : actualités par e-mail de {brand}",
            title: "Merci de confirmer votre adresse e-mail",
            greeting: "Bonjour,",
            reason: """
                quelqu’un, sans doute vous-même, a demandé à {brand} d’envoyer des actualités et des offres à cette \
                adresse e-mail.
                """,
            ask: "Si c’est ce que vous souhaitez, ouvrez cette page et confirmez-le :",
            next: "Il reste un bouton à presser sur la page qui s’ouvre ; ce n’est qu’ensuite que nous vous écrirons.",
            button: "Confirmer mon adresse e-mail",
            code: "Si la page demande un code, c’est celui-ci :",
            notYou: """
                Ce n’était pas vous ? Vous n’avez alors rien à faire : sans confirmation, vous ne recevrez pas de tels \
                e-mails de notre part.
                """,
            life: """
                Le lien est valable {duration}. Vous pouvez changer d’avis à tout moment : chaque e-mail permet de se \
                désabonner.
                """,
            fallback: "Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :",
            origin: """
                {brand} a envoyé cet e-mail parce que cette adresse a été inscrite avec une demande d’actualités par \
                e-mail.
                """,
            regards: "Cordialement"),
        requestMails: frenchRequestMails,
        partnerMail: frenchPartnerMail,
        footer: Footer(
            standard: "C’est vous qui décidez de ce que nous pouvons faire de vos données.", link: "Vos choix"),
        durations: Durations(days: "{number} jours", hours: "{number} heures", hour: "une heure"),
        dates: frenchDates)
}
