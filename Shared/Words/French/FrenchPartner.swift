extension Words {
    static let frenchPartnerMail = PartnerMail(
        subject: "Un contact de {brand} accepte d’être contacté par vous",
        title: "Un contact accepte d’être contacté par vous",
        greeting: "Bonjour,",
        reason: """
            l’un de nos contacts a accepté que nous vous transmettions ces informations, afin que vous puissiez le \
            contacter :
            """,
        name: "Nom :",
        address: "Adresse électronique :",
        purpose: """
            Veuillez ne les utiliser que dans ce but. Le contact peut retirer son accord à tout moment ; veuillez en \
            tenir compte s’il vous le fait savoir.
            """,
        regards: "Cordialement")
}
