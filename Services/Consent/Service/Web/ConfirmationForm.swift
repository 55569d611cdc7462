/// What stands on the page that confirms a double opt-in.
struct ConfirmationForm: Sendable {
    /// How far its reader has come.
    enum Step: Sendable {
        /// A button is enough, as far as is known yet.
        case button
        /// The mail's code is asked for (P6).
        case code
        /// Another code than the mail's was typed in.
        case wrongCode
    }

    let step: Step
    let nonce: String
    /// Names of the lists that the reader subscribes to by confirming (O10).
    let lists: [String]
}
