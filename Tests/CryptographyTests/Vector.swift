import Foundation
import Testing

@testable import Cryptography

/// One published vector. A file has the members that its algorithm has; bytes are hexadecimal.
struct Vector: Decodable, CustomStringConvertible {
    let id: Int?
    let comment: String?
    let key, iv, aad, msg, ct, tag: String?
    /// A public key: a JWK's text, a point, or 32 bytes of Ed25519.
    let `public`: String?
    /// A private scalar.
    let `private`: String?
    let shared, sig, jwe: String?
    /// Whether the operation must succeed.
    let valid: Bool

    var description: String { "\(id ?? 0) \(comment ?? "") \(key ?? "")" }

    /// A member that the vector's file has.
    func text(_ member: KeyPath<Vector, String?>) throws -> String {
        try #require(self[keyPath: member])
    }

    /// The bytes of a hexadecimal member that the vector's file has.
    func bytes(_ member: KeyPath<Vector, String?>) throws -> [UInt8] { hex(try text(member)) }

    /// The bytes of a base64url member that the vector's file has.
    func base64URL(_ member: KeyPath<Vector, String?>) throws -> [UInt8] {
        let text = try text(member)
        return try #require(Base64URL.decode(text))
    }

    /// The vectors of a file in `Vectors`.
    static func all(_ name: String) throws -> [Vector] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        return try JSONDecoder().decode([Vector].self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
    }
}
