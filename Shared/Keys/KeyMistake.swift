/// What is wrong with the keys: ours to mend, no message's fault. Names versions and variables, nothing else.
public enum KeyMistake: Error, Sendable, Equatable, CustomStringConvertible {
    /// A key that was just written is not there.
    case missing
    /// A key does not open, and nobody vouched for the version that should open it.
    case unproven(Int)
    /// The key file lacks a version that is needed.
    case unknownVersion(Int)
    /// The key store holds what nobody wrote.
    case unreadableRow
    /// The key file holds another key than that of the rows, of which nobody noted yet which one it is.
    case wrongKey
    /// As `wrongKey`, found before the version was used.
    case wrongVersion(Int)
    /// The file cannot be used; the reason quotes nothing of it.
    case file(reason: String)

    /// In a sentence, for the operator.
    public var description: String {
        switch self {
        case .missing: "the key store does not hold a key that was just written"
        case .unknownVersion(let version): "VAULT_KEYS_FILE lacks version \(version), under which keys are wrapped"
        case .unproven(let version):
            "keys do not open, and whether VAULT_KEYS_FILE holds the right key as version \(version) is not known"
        case .wrongKey: "VAULT_KEYS_FILE holds another key than the one under which keys are wrapped"
        case .wrongVersion(let version):
            "VAULT_KEYS_FILE holds another key as version \(version) than the one under which keys are wrapped"
        case .unreadableRow: "a row of the key store cannot be read"
        case .file(let reason): "VAULT_KEYS_FILE \(reason)"
        }
    }
}
