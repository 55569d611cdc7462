import ArgumentParser

/// The user's token, for what needs a permission.
struct TokenOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A user's token, for what needs a permission; default: $ASSENT_TOKEN, which no list of processes shows.",
            valueName: "jwt"))
    private var token: String?

    /// The token, if one is given that is not empty.
    var value: String? { token.map { $0.isEmpty ? nil : $0 } ?? variable("ASSENT_TOKEN") }
}
