extension Words {
    static let frenchRequestMails = RequestMails(
        frame: MailFrame(
            greeting: "Bonjour,",
            code: "Si la page demande un code, c’est celui-ci :",
            fallback: "Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :",
            regards: "Cordialement"),
        change: RequestMail(
            subject: "Merci de confirmer vos modifications chez {brand}",
            title: "Merci de confirmer vos modifications",
            reason: """
                quelqu’un qui dispose du lien vers votre page chez {brand}, sans doute vous-même, a demandé ceci :
                """,
            next: """
                Si c’est ce que vous souhaitez, ouvrez cette page et appuyez sur le bouton. Ce n’est qu’alors que \
                cela prendra effet :
                """,
            button: "Voir et confirmer",
            notYou: """
                Ce n’était pas vous ? Vous n’avez alors rien à faire : sans confirmation, rien ne change. La page \
                contient aussi un bouton qui met fin à la demande.
                """,
            life: "Le lien est valable {duration}.",
            origin: "{brand} a envoyé cet e-mail parce que des modifications ont été demandées sur votre page."),
        undo: RequestMail(
            subject: "Retrait chez {brand}, et comment l’annuler",
            title: "Votre retrait a pris effet",
            reason: """
                quelqu’un qui dispose du lien vers votre page chez {brand}, sans doute vous-même, a retiré ceci. Le \
                retrait prend effet dès maintenant :
                """,
            next: "Si vous ne le vouliez pas, ouvrez cette page et appuyez sur le bouton :",
            button: "Annuler le retrait",
            notYou: "Si tout est comme vous le souhaitez, vous n’avez rien à faire.",
            life: "Le lien est valable {duration}.",
            origin: "{brand} a envoyé cet e-mail parce qu’un retrait a été fait sur votre page."),
        resumed: RequestMail(
            subject: "{brand} utilise de nouveau vos données",
            title: "L’utilisation de vos données reprend",
            reason: """
                vous aviez suspendu l’utilisation de vos données chez {brand}. Un membre de notre équipe a demandé \
                que cette suspension soit levée. Après cet e-mail, nous pourrons de nouveau utiliser vos données, \
                dans la mesure où vos choix le permettent.
                """,
            next: """
                Si vous ne le souhaitez pas, ouvrez votre page et suspendez-y de nouveau l’utilisation de vos \
                données :
                """,
            button: "Ouvrir ma page",
            notYou: "Les e-mails publicitaires restent arrêtés tant que vous ne les redemandez pas.",
            life: "Le lien est valable {duration}.",
            origin: "{brand} a envoyé cet e-mail parce que vous devez l’apprendre avant que cela n’arrive."),
        pageLink: RequestMail(
            subject: "Votre nouveau lien vers votre page chez {brand}",
            title: "Votre nouveau lien",
            reason: "quelqu’un, sans doute vous-même, a demandé un nouveau lien vers votre page chez {brand}.",
            next: "Avec ce lien, vous voyez vos choix et pouvez les modifier :",
            button: "Ouvrir ma page",
            notYou: """
                Ce n’était pas vous ? Vous n’avez alors rien à faire : le lien n’a été envoyé qu’à cette adresse. Ne \
                le transmettez pas.
                """,
            life: "Le lien est valable {duration}.",
            origin: "{brand} a envoyé cet e-mail parce qu’un nouveau lien a été demandé."),
        invitation: RequestMail(
            subject: "Vous décidez de ce que {brand} peut faire de vos données",
            title: "Une page pour vos choix",
            reason: """
                vous avez désormais votre propre page chez {brand}. Vous y voyez ce que nous pouvons faire de vos \
                données, et vous en décidez vous-même.
                """,
            next: """
                Sur votre page, vous choisissez vos e-mails, acceptez ou refusez, demandez une copie de vos données \
                ou leur effacement :
                """,
            button: "Ouvrir ma page",
            notYou: "Vous n’avez rien à faire. Ce qui exige votre accord n’a pas lieu sans lui.",
            life: "Le lien est valable {duration}. Ne le transmettez pas.",
            origin: "{brand} a envoyé cet e-mail une seule fois, pour vous faire connaître votre page."),
        newConsents: RequestMail(
            subject: "Du nouveau à décider chez {brand}",
            title: "Du nouveau à décider",
            reason: "votre page chez {brand} contient quelque chose de nouveau à décider :",
            next: "Sur votre page, vous pouvez le lire en entier et décider :",
            button: "Voir et décider",
            notYou: "Vous n’avez rien à faire. Ce que vous avez décidé jusqu’ici reste inchangé.",
            life: "Le lien est valable {duration}. Ne le transmettez pas.",
            origin: "{brand} a envoyé cet e-mail une seule fois, parce que votre page a changé."),
        renewal: RequestMail(
            subject: "Votre accord avec {brand} expire bientôt",
            title: "Souhaitez-vous renouveler ?",
            reason: "il y a quelque temps, vous avez accepté ceci. Votre accord expire bientôt :",
            next: "S’il doit se poursuivre, acceptez de nouveau sur votre page :",
            button: "Voir et décider",
            notYou: "Si vous ne faites rien, votre accord prend fin de lui-même ce jour-là.",
            life: "Le lien est valable {duration}. Ne le transmettez pas.",
            origin: "{brand} a envoyé cet e-mail une seule fois, parce que votre accord était limité dans le temps."),
        newConsent: "Nouveau : « {text} »",
        newText: "Nouveau texte : « {text} »",
        runsOut: "« {text} » – jusqu’au {date}")

    static let frenchDates = Dates(
        months: [
            "janvier", "février", "mars", "avril", "mai", "juin",
            "juillet", "août", "septembre", "octobre", "novembre", "décembre",
        ],
        pattern: "{day} {month} {year}",
        firstDay: "1er")
}
