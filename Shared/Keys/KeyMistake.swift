/// A fault of the key file or the key store, which the operator has to repair; no message causes it. Names versions and
/// variables only.
package enum KeyMistake: Error, Sendable, Equatable, CustomStringConvertible {
    /// A key that was just written is not there.
    case missing
    /// A key does not open, and it is not proven that the key file has the right key for its version.
    case unproven(Int)
    /// The key file lacks a version that is needed.
    case unknownVersion(Int)
    /// The key store has a row that this code cannot have written.
    case unreadableRow
    /// The key file's key does not open the key store's rows, and the key store has no probe of a version yet.
    case wrongKey
    /// The key file has another key for this version than the one that made the key store's probe.
    case wrongVersion(Int)
    /// The file cannot be used; the reason quotes nothing of it.
    case file(reason: String)

    /// In a sentence, for the operator.
    package var description: String {
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
