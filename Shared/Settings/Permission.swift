/// A permission of users (contract section 6).
package enum Permission: Sendable, Hashable {
    /// `consent.record`.
    case recordConsent
    /// `consent.resume`.
    case resume
    /// `consent.invite`, `optin.invite`.
    case invite
    /// `optin.set`.
    case setOptIn
    /// `optin.import`.
    case importOptIns
    /// `optin.subscribe`, `optin.leave`.
    case lists
    /// `vault.reveal` of this sensitive field.
    case reveal(field: String)
    /// `vault.log`.
    case readAccessLog
    /// The requests `erasure.*` that need a permission.
    case erase
    /// `mail.campaign`.
    case campaign
    /// `consent.rehearse`.
    case rehearse

    private static let plain: KeyValuePairs<String, Permission> = [
        "record-consent": .recordConsent, "resume": .resume, "invite": .invite, "set-opt-in": .setOptIn,
        "import": .importOptIns, "lists": .lists, "read-access-log": .readAccessLog, "erase": .erase,
        "campaign": .campaign, "rehearse": .rehearse,
    ]
    private static let revealPrefix = "reveal:"

    /// All names in the configuration, for error messages.
    static var allNames: String { (plain.map(\.key) + ["reveal:<field>"]).joined(separator: ", ") }

    /// From the configuration's text, such as `reveal:creditCard`; nil where it is none.
    package init?(_ text: String) {
        if text.hasPrefix(Self.revealPrefix), text != Self.revealPrefix {
            self = .reveal(field: String(text.dropFirst(Self.revealPrefix.count)))
            return
        }
        guard let permission = Self.plain.first(where: { $0.key == text })?.value else { return nil }
        self = permission
    }
}

extension Permission: CustomStringConvertible {
    /// As it stands in the configuration (contract section 6), such as `set-opt-in`.
    package var description: String {
        if case .reveal(let field) = self { return Self.revealPrefix + field }
        return Self.plain.first { $0.value == self }?.key ?? "?"
    }
}
