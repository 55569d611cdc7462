/// The content of the page that confirms a double opt-in.
struct ConfirmationForm: Sendable {
    /// The step of the confirmation.
    enum Step: Sendable {
        /// The page shows the button only.
        case button
        /// The page asks for the mail's code (P6).
        case code
        /// The visitor typed in a wrong code.
        case wrongCode
    }

    let step: Step
    let nonce: String
    /// Names of the lists that the visitor subscribes to by confirming (O10).
    let lists: [String]
}
