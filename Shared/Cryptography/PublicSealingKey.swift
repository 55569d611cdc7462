/// A P-256 public key to seal to, checked: on the curve, not at infinity (`EVP_PKEY_public_check_quick`).
package struct PublicSealingKey: Sendable {
    /// Longest JWK read: three times that of an ordinary one.
    private static let longestJWK = 1024

    /// The key's RFC 7638 thumbprint (SHA-256, base64url), also its `kid`.
    package let thumbprint: String

    let handle: P256Handle
    private let x: String
    private let y: String

    init(handle: P256Handle) {
        self.handle = handle
        let point = handle.point
        x = Base64URL.encode([UInt8](point[1...P256Handle.coordinateLength]))
        y = Base64URL.encode([UInt8](point[(1 + P256Handle.coordinateLength)...]))
        // RFC 7638: the required members alone, in lexicographic order, without white space.
        let canonical = #"{"crv":"P-256","kty":"EC","x":"\#(x)","y":"\#(y)"}"#
        thumbprint = Base64URL.encode(Digest.sha256([UInt8](canonical.utf8)))
    }

    /// Reads a JWK (RFC 7517, 7518 section 6.2): `kty` EC, `crv` P-256, `x`, `y`. Other members are ignored, also a
    /// `kid` that is not the thumbprint. A JWK with the private `d` is refused, because its private key has been
    /// disclosed.
    package init(jwk text: String) throws(CryptographyError) {
        let bytes = [UInt8](text.utf8)
        guard bytes.count <= Self.longestJWK, let members = StrictJSON.object(bytes),
            let handle = Self.handle(members)
        else { throw .invalidKey }
        self.init(handle: handle)
    }

    /// The key of a JWK's members; nil where they are no valid P-256 public key.
    static func handle(_ members: [String: StrictJSON]) -> P256Handle? {
        guard members["kty"] == .string("EC"), members["crv"] == .string("P-256"), members["d"] == nil,
            let x = members["x"]?.string.flatMap({ Base64URL.decode($0) }), x.count == P256Handle.coordinateLength,
            let y = members["y"]?.string.flatMap({ Base64URL.decode($0) }), y.count == P256Handle.coordinateLength
        else { return nil }
        return P256Handle(point: [4] + x + y)
    }

    /// The members of the key's JWK: `kty`, `crv`, `x`, `y` and `kid`, its thumbprint.
    package var jwkMembers: [String: String] {
        ["kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": thumbprint]
    }

    /// The key's JWK as JSON text.
    package var jwk: String {
        #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)","kid":"\#(thumbprint)"}"#
    }

    /// The JWK without `kid`, as a JWE header carries it.
    var ephemeralJWK: String {
        #"{"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)"}"#
    }
}

extension PublicSealingKey: Hashable {
    /// Equal where the points are.
    package static func == (one: PublicSealingKey, other: PublicSealingKey) -> Bool {
        one.thumbprint == other.thumbprint
    }

    /// Hashes the thumbprint.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(thumbprint)
    }
}
