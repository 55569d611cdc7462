extension Words {
    static let englishPartnerMail = PartnerMail(
        subject: "A contact of {brand} agreed to hear from you",
        title: "A contact agreed to hear from you",
        greeting: "Hello,",
        reason: "one of our contacts has agreed that we give you these details, so that you can get in touch:",
        name: "Name:",
        address: "E-mail address:",
        purpose: """
            Please use them for this purpose alone. The contact can withdraw the agreement at any time; please respect \
            it if they tell you so.
            """,
        regards: "Kind regards")
}
