extension Words {
    static let frenchPreferences = Preferences(
        intro: Notice(
            "Vos choix",
            "Ici, vous décidez de ce que {brand} peut faire de vos données. Vous pouvez changer d’avis à tout moment."),
        introEmailOnly: Notice(
            "Vos e-mails",
            "Ici, vous décidez des e-mails que {brand} peut vous envoyer. Vous pouvez changer d’avis à tout moment."),
        labels: PageLabels(
            navigation: "Sur cette page",
            save: "Enregistrer mes choix",
            saveHint: "Nous vous enverrons alors un e-mail : rien ne change sans votre confirmation.",
            saveHintAtOnce: """
                Ce que vous retirez prend effet aussitôt, si cela peut être annulé. Tout le reste prend effet une \
                fois confirmé par e-mail.
                """,
            responsible: "Responsable de vos données :",
            privacyPolicy: "Politique de confidentialité",
            pending: "En attente de votre confirmation",
            pendingHint: """
                Ces modifications prendront effet lorsque vous aurez suivi le lien de notre e-mail et appuyé sur le \
                bouton.
                """,
            waiting: "pas encore confirmé",
            resend: "Renvoyer l’e-mail",
            cancel: "Annuler les nouvelles autorisations",
            cancelHint: """
                Ici, vous ne pouvez annuler que de nouvelles autorisations. Pour tout le reste, suivez le lien de \
                l’e-mail : la page qui s’ouvre a un bouton pour cela.
                """,
            email: "E-mails",
            emailUnavailable: """
                Nous ne pouvons pas afficher vos choix concernant les e-mails pour le moment. Rouvrez cette page dans \
                quelques minutes. Tout le reste fonctionne normalement.
                """,
            marketing: "Pouvons-nous vous envoyer des actualités et des offres par e-mail ?",
            marketingIn: "Oui, envoyez-moi des e-mails",
            marketingOut: "Non, pas d’e-mails",
            getsEmail: "Vous recevez des e-mails",
            getsNoEmail: "Pas d’e-mails",
            underSentence: "Vous avez accepté cette phrase :",
            lists: "Listes de diffusion",
            listsHint: "Si vous ne souhaitez aucun e-mail, vous ne recevrez pas non plus ceux-ci.",
            consents: "Ce que nous pouvons faire de vos données",
            grant: "J’accepte",
            refuse: "Je n’accepte pas",
            noObjection: "Je ne m’oppose pas",
            object: "Je m’oppose",
            allowed: "Autorisé",
            notAllowed: "Non autorisé",
            purpose: "Finalité",
            basis: "Base juridique",
            recipients: "Destinataires",
            fieldHint: """
                Si vous retirez cet accord, nous effaçons ce qui est enregistré. Il ne pourra pas être rétabli.
                """,
            policies: "À lire",
            rights: "Vos droits",
            rightsHint: """
                Pour chacune de ces demandes, nous vous envoyons d’abord un e-mail : rien ne se passe sans votre \
                confirmation.
                """),
        version: "Version {version}",
        stopped: Notice(
            "L’utilisation de vos données est suspendue",
            """
            Vous l’avez suspendue le {date}. Personne ne modifie vos données et vous ne recevez aucune publicité. \
            Vous pouvez la rétablir sous « Vos droits ».
            """),
        erasureRequested: Notice(
            "Vous avez demandé l’effacement de vos données",
            """
            Nous avons reçu votre demande le {date} et effacerons vos données au plus tard le {due}. Vous \
            recevrez alors un dernier e-mail de notre part.
            """),
        accessRequested: Notice(
            "Vous avez demandé une copie de vos données",
            "Nous avons reçu votre demande le {date} et vous enverrons un e-mail au plus tard le {due}."),
        mailed: Notice(
            "Consultez votre messagerie",
            """
            Nous vous avons envoyé un e-mail. Vos modifications prendront effet lorsque vous aurez suivi son lien \
            et appuyé sur le bouton.
            """),
        until: "À confirmer au plus tard le {date} :",
        email: EmailReasons(
            noStatus: """
                Vous n’avez pas demandé d’e-mails. C’est pourquoi vous ne recevez pas de publicité de notre part.
                """,
            addressChanged: """
                Votre adresse e-mail a changé le {date}. Nous n’y envoyons pas de publicité sans un nouvel accord de \
                votre part.
                """,
            form: """
                Vous avez demandé des e-mails dans un formulaire le {date}, sans l’avoir encore confirmé par le lien \
                de notre e-mail.
                """,
            confirmed: "Vous avez confirmé le {date} que vous souhaitez des e-mails.",
            confirmedAfterForm: """
                Vous avez confirmé le {date} que vous souhaitez des e-mails, après un formulaire du {formDate}.
                """,
            byUser: "Un membre de notre équipe a noté le {date} que vous souhaitez des e-mails.",
            byImport: "Selon une liste que nous avons reprise le {date}, vous souhaitez des e-mails.",
            outByUser: "Un membre de notre équipe a noté le {date} que vous ne souhaitez pas d’e-mails.",
            outByImport: "Selon une liste que nous avons reprise le {date}, vous ne souhaitez pas d’e-mails.",
            outOnPage: "Vous avez décidé le {date}, sur cette page, de ne plus recevoir d’e-mails.",
            outByOneClick: "Vous avez mis fin à nos e-mails le {date}, avec le lien de l’un d’eux.",
            outByDecline: "Le {date}, notre e-mail a reçu la réponse « Ce n’était pas moi ».",
            outByStop: """
                Vous avez suspendu l’utilisation de vos données le {date}, ce qui a aussi mis fin à nos e-mails.
                """,
            outByComplaint: "Le {date}, l’un de nos e-mails a été signalé comme indésirable. Cela vaut désabonnement.",
            outOfAddress: "Cette adresse e-mail a déjà été désabonnée de tous nos e-mails. Nous nous y tenons.",
            outRecovered: """
                Après une perte de données chez nous, il est de nouveau noté depuis le {date} que vous ne souhaitez \
                pas d’e-mails.
                """,
            confirmationPending: """
                Nous vous avons envoyé un e-mail. Confirmez par son lien que vous souhaitez recevoir nos e-mails.
                """,
            needsConfirmation: """
                Nous n’envoyons de publicité qu’aux personnes qui ont confirmé par e-mail qu’elles en souhaitent.
                """,
            undeliverable: """
                Les e-mails envoyés à votre adresse nous reviennent. Nous ne vous en envoyons donc plus pour le \
                moment.
                """),
        consents: ConsentStates(
            granted: "Vous avez accepté le {date}, {channel} (version {version} de ce texte).",
            revoked: "Vous avez refusé le {date}, {channel} (version {version} de ce texte).",
            notObjected: """
                Vous avez indiqué le {date}, {channel}, que vous ne vous opposez pas (version {version} de ce texte).
                """,
            objected: "Votre opposition date du {date}, {channel} (version {version} de ce texte).",
            undecided: "Vous n’avez pas encore décidé. Nous ne le faisons que si vous acceptez.",
            notObjectedYet: "Vous n’avez pas exprimé d’opposition. Nous le faisons tant que c’est le cas.",
            expired: "Votre accord a expiré le {date} et n’a pas été renouvelé.",
            recovered: """
                Après une perte de données chez nous, il est de nouveau noté depuis le {date} que cela n’est pas \
                autorisé.
                """,
            newerText: "Le texte a changé depuis : voici la version {version}.",
            runsOut: "Votre accord expire le {date}. Nous vous demanderons à temps si vous souhaitez le renouveler.",
            renewNow: "Votre accord expire le {date}. S’il doit continuer, veuillez choisir de nouveau ici.",
            clearedOn: """
                Ce qui est enregistré est verrouillé et sera effacé le {date}, sauf nouvel accord de votre part.
                """,
            pending: """
                Vous avez choisi « {choice} ». Ce choix prendra effet une fois confirmé par e-mail, au plus tard le \
                {date}.
                """,
            channels: Channels(
                page: "sur cette page",
                phone: "par téléphone",
                paper: "sur papier",
                inPerson: "en personne",
                email: "par e-mail",
                imported: "d’après une liste que nous avons reprise"),
            bases: Bases(
                consent: "Votre accord, que vous pouvez retirer à tout moment",
                contract: "Nous en avons besoin pour un contrat avec vous",
                legalObligation: "Une loi nous y oblige",
                vitalInterests: "Cela protège la vie ou la santé d’une personne",
                publicTask: "Une mission d’intérêt public. Vous pouvez vous y opposer",
                legitimateInterests: "Notre intérêt légitime. Vous pouvez vous y opposer"),
            fixed: FixedReasons(
                contract: """
                    Vous ne pouvez pas modifier cela ici, car le contrat avec vous ne pourrait pas être exécuté \
                    autrement.
                    """,
                legalObligation: "Vous ne pouvez pas modifier cela ici, car une loi nous y oblige.",
                vitalInterests: """
                    Vous ne pouvez pas modifier cela ici, car la vie ou la santé d’une personne peut en dépendre.
                    """,
                other: "Vous ne pouvez pas modifier cela ici. Écrivez-nous si vous le souhaitez.")),
        rights: Rights(
            stop: Right(
                title: "Suspendre l’utilisation de mes données",
                text: """
                    Nous verrouillons votre fiche : personne ne peut la modifier et vous ne recevez plus de \
                    publicité. Vous pouvez revenir sur ce choix à tout moment.
                    """,
                button: "Suspendre l’utilisation"),
            resume: Right(
                title: "Rétablir l’utilisation de mes données",
                text: """
                    Nous pourrons de nouveau utiliser vos données, dans la mesure où vos choix ci-dessus le \
                    permettent. Les e-mails publicitaires ne reprennent que si vous les redemandez.
                    """,
                button: "Rétablir l’utilisation"),
            access: Right(
                title: "Une copie de mes données",
                text: """
                    Nous réunissons tout ce que nous conservons à votre sujet et vous envoyons un lien dans un délai \
                    d’un mois.
                    """,
                button: "Demander une copie"),
            erase: Right(
                title: "Effacer mes données",
                text: """
                    Dans un délai d’un mois, nous effaçons tout ce qui indique qui vous êtes. C’est irréversible. Si \
                    vous avez mis fin à nos e-mails, une empreinte illisible de votre adresse est conservée pour que \
                    nous puissions nous y tenir.
                    """,
                button: "Demander l’effacement"),
            endLinks: Right(
                title: "Désactiver les anciens liens vers cette page",
                text: """
                    Chacun de nos e-mails contient un lien vers cette page. Si l’un d’eux peut se trouver entre \
                    d’autres mains, vous pouvez désactiver tous les anciens liens.
                    """,
                button: "Désactiver les anciens liens")))
}
