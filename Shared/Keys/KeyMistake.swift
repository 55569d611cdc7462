/// What is wrong with the keys: ours to mend, no message's fault. Names versions and variables, nothing else.
public enum KeyMistake: Error, Sendable, Equatable, CustomStringConvertible {
    /// A key that was just written is not there.
    case missing
    /// The key file lacks a version that is needed.
    case unknownVersion(Int)
    /// The key store holds what nobody wrote.
    case unreadableRow
    /// The key file holds another key under the version's number.
    case wrongKey
    /// As `wrongKey`, found before any row was touched.
    case wrongVersion(Int)
    /// The file cannot be used; the reason quotes nothing of it.
    case file(reason: String)

    /// In a sentence, for the operator.
    public var description: String {
        switch self {
        case .missing: "the key store does not hold a key that was just written"
        case .unknownVersion(let version): "VAULT_KEYS_FILE lacks version \(version), under which keys are wrapped"
        case .wrongKey: "VAULT_KEYS_FILE holds another key than the one under which keys are wrapped"
        case .wrongVersion(let version):
            "VAULT_KEYS_FILE holds another key as version \(version) than the one under which keys are wrapped"
        case .unreadableRow: "a row of the key store cannot be read"
        case .file(let reason): "VAULT_KEYS_FILE \(reason)"
        }
    }
}
