extension Words {
    static let germanPartnerMail = PartnerMail(
        subject: "Ein Kontakt von {brand} möchte von Ihnen hören",
        title: "Ein Kontakt möchte von Ihnen hören",
        greeting: "Guten Tag,",
        reason: """
            einer unserer Kontakte hat zugestimmt, dass wir Ihnen diese Angaben weitergeben, damit Sie sich melden \
            können:
            """,
        name: "Name:",
        address: "E-Mail-Adresse:",
        purpose: """
            Bitte verwenden Sie sie nur zu diesem Zweck. Der Kontakt kann seine Zustimmung jederzeit widerrufen; bitte \
            beachten Sie es, wenn er Ihnen das mitteilt.
            """,
        regards: "Freundliche Grüße")
}
