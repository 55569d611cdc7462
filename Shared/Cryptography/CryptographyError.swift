/// Why something sealed or a key was refused; it never carries key material, plaintext or the refused text.
package enum CryptographyError: Error, Equatable, Sendable {
    /// Malformed, tampered with, or for another key. One case on purpose: saying which would help an attacker.
    case cannotOpen
    /// A key that is malformed, of another kind or curve, or not on its curve.
    case invalidKey
    /// A key file that cannot be used; the reason is for the operator and quotes nothing of the file.
    case invalidKeyRing(reason: String)
}
