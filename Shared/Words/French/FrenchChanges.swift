extension Words {
    static let frenchChanges = Changes(
        grant: "Vous acceptez : « {text} »",
        revoke: "Vous n’acceptez pas : « {text} »",
        revokeField: """
            Vous n’acceptez pas : « {text} » Ce qui est enregistré sera effacé et ne pourra pas être rétabli.
            """,
        object: "Vous vous opposez : « {text} »",
        endObjection: "Vous ne vous opposez plus : « {text} »",
        subscribe: "Vous vous abonnez à « {list} »",
        leave: "Vous quittez la liste « {list} »",
        marketingIn: "Vous souhaitez des actualités et des offres par e-mail",
        marketingOut: "Vous ne recevez plus d’actualités ni d’offres par e-mail",
        stop: "L’utilisation de vos données est suspendue",
        resume: "Vos données peuvent de nouveau être utilisées",
        erase: "Vos données sont effacées ; c’est irréversible",
        access: "Vous recevez une copie de vos données",
        endLinks: "Tous les anciens liens vers votre page sont désactivés")

    static let frenchChangePage = ChangePage(
        ask: Notice(
            "Merci de confirmer",
            """
            Quelqu’un qui dispose du lien vers votre page chez {brand} a fait cette demande. Si c’était vous, \
            confirmez-la.
            """),
        items: "Ce qui change :",
        confirm: "Oui, je confirme",
        decline: "Non, ne rien changer",
        note: """
            Rien ne change tant que vous n’avez pas appuyé sur un bouton. Avec « Non, ne rien changer », la demande \
            prend fin.
            """)

    static let frenchUndoPage = ChangePage(
        ask: Notice(
            "Annuler ce retrait ?",
            """
            Quelqu’un qui dispose du lien vers votre page chez {brand} a retiré ceci. Ce retrait a déjà pris \
            effet. Si vous ne le vouliez pas, annulez-le ici.
            """),
        items: "Ce qui a été retiré :",
        confirm: "Annuler le retrait",
        decline: "Maintenir le retrait",
        note: "Rien ne change tant que vous n’avez pas appuyé sur un bouton.")

    static let frenchPageLinkEnded = PageLinkEnded(
        ask: Notice(
            "Ce lien n’est plus valable",
            """
            Les liens vers votre page prennent fin après un certain temps, ou lorsque vous les désactivez. Vos \
            choix sont inchangés.
            """),
        newLink: "M’envoyer un nouveau lien",
        newLinkHint: "Il sera envoyé à l’adresse e-mail que nous avons de vous.",
        unsubscribe: "Arrêter les e-mails",
        unsubscribeHint: "Nous vous envoyons d’abord un e-mail. Rien ne change tant que vous n’y avez pas confirmé.")

    static let frenchChangeNotices = ChangeNotices(
        mailed: Notice(
            "Consultez votre messagerie",
            """
            Nous vous avons envoyé un e-mail. Rien ne change tant que vous n’avez pas appuyé sur le bouton de la \
            page qu’il indique. Son lien est valable {duration}.
            """),
        mailedAgain: Notice(
            "E-mail renvoyé",
            """
            Consultez votre messagerie, et peut-être aussi le dossier des indésirables. Rien ne change tant que \
            vous n’avez pas appuyé sur le bouton de la page indiquée.
            """),
        tooManyMails: Notice(
            "Consultez votre messagerie",
            """
            Nous vous avons déjà envoyé plusieurs e-mails et n’en envoyons pas d’autre pour l’instant. Utilisez \
            le lien du plus récent, ou réessayez demain.
            """),
        nothingChanged: Notice(
            "Rien à modifier",
            "Ce que vous avez envoyé est déjà en vigueur. Vos choix sont inchangés."),
        withdrawn: Notice(
            "C’est retiré",
            """
            Le retrait prend effet dès maintenant. Nous vous avons envoyé un e-mail avec un lien, au cas où vous \
            voudriez l’annuler.
            """),
        withdrawnAndMailed: Notice(
            "Vos choix sont enregistrés",
            """
            Ce que vous avez retiré est retiré. Pour tout le reste, nous vous avons envoyé un e-mail : vos choix \
            prendront effet lorsque vous appuierez sur le bouton de la page qu’il indique.
            """),
        cancelled: Notice(
            "Annulé",
            "Les nouvelles autorisations en attente de confirmation sont annulées. Rien d’autre n’a changé."),
        pageChanged: Notice(
            "Veuillez vérifier",
            """
            Vos choix ont changé depuis que vous avez ouvert la page, peut-être dans une autre fenêtre. Nous \
            n’avons rien enregistré. Veuillez rouvrir la page.
            """),
        changed: Notice(
            "Merci",
            "C’est fait, et en vigueur dès maintenant. Vous pouvez changer d’avis à tout moment sur votre page."),
        declined: Notice("Rien n’a été modifié", "La demande a pris fin. Vous n’avez rien d’autre à faire."),
        undone: Notice("C’est annulé", "Tout est comme avant."),
        notUndone: Notice("Le retrait est maintenu", "Vous n’avez rien d’autre à faire."),
        alreadyChanged: Notice(
            "Déjà fait",
            """
            Ce lien a déjà été utilisé et les modifications ont été faites à ce moment-là. Vous n’avez rien \
            d’autre à faire.
            """),
        alreadyDeclined: Notice(
            "Demande déjà close",
            "Ce lien a déjà été utilisé et la demande a pris fin à ce moment-là. Rien n’a été modifié."),
        alreadyUndone: Notice(
            "Déjà annulé",
            "Ce lien a déjà été utilisé et tout a été rétabli à ce moment-là. Vous n’avez rien d’autre à faire."),
        expired: Notice(
            "Ce lien a expiré",
            """
            Pour votre sécurité, il n’était valable qu’un temps limité ; rien n’a été modifié. Si vous souhaitez \
            toujours cette modification, refaites-la sur votre page.
            """),
        undoExpired: Notice(
            "Ce lien a expiré",
            """
            Le délai d’annulation est passé. Si vous souhaitez de nouveau accepter, vous pouvez le faire à tout \
            moment sur votre page.
            """),
        tooManyCodes: Notice(
            "Ce lien a été fermé",
            """
            Le code a été erroné trop souvent. Pour votre sécurité, le lien ne fonctionne plus ; rien n’a été \
            modifié. Si vous souhaitez toujours cette modification, refaites-la sur votre page.
            """),
        noLongerOffered: Notice(
            "Ce choix n’existe plus",
            "Ce que vous vouliez modifier n’est plus demandé. Vous n’avez rien d’autre à faire."),
        stopped: Notice(
            "L’utilisation de vos données est suspendue",
            """
            Plus personne ne peut modifier vos données et vous ne recevez plus de publicité. Vous pouvez revenir \
            sur ce choix à tout moment sur votre page.
            """),
        resumed: Notice(
            "L’utilisation est rétablie",
            "Nous pouvons de nouveau utiliser vos données, dans la mesure où vos choix le permettent."),
        erasureRequested: Notice(
            "Nous effaçons vos données",
            """
            Votre demande nous est parvenue. Nous effacerons vos données au plus tard le {due} et vous \
            préviendrons par e-mail lorsque ce sera fait.
            """),
        accessRequested: Notice(
            "Vous recevrez une copie de vos données",
            """
            Votre demande nous est parvenue. Au plus tard le {due}, nous vous enverrons un e-mail avec un lien \
            vers la copie.
            """),
        linksEnded: Notice(
            "Les anciens liens sont désactivés",
            "Ils ne permettent plus à personne d’ouvrir votre page. Notre prochain e-mail en contiendra un nouveau."),
        newLinkSent: Notice(
            "Consultez votre messagerie",
            "Si nous avons une adresse e-mail de vous, un nouveau lien vers votre page y est en route."))
}
