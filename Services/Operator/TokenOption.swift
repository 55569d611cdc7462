import ArgumentParser

/// The option for the user's token, for requests that need a permission.
struct TokenOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A user's token, for what needs a permission; default: $ASSENT_TOKEN, which no list of processes shows.",
            valueName: "jwt"))
    private var token: String?

    /// The token; nil if none is given or it is empty.
    var value: String? { token.map { $0.isEmpty ? nil : $0 } ?? variable("ASSENT_TOKEN") }
}
