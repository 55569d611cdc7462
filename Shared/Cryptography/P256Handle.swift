import COpenSSL

/// An `EVP_PKEY` on P-256 that has passed OpenSSL's check; freed (a private part cleansed) with its last owner.
///
/// `@unchecked Sendable`: no lock is needed, a checked key and its context are only read (`EVP_PKEY_CTX_dup`), and
/// OpenSSL counts the key's users atomically.
final class P256Handle: @unchecked Sendable {
    static let coordinateLength = 32
    /// 4 (uncompressed), x, y.
    static let pointLength = 1 + 2 * coordinateLength
    private static let uncompressed: UInt8 = 4

    /// A public key of which other public keys start as copies: making the curve anew takes longer than checking a
    /// point.
    private static let model = P256Handle(
        key: OpenSSL.check(key(point: generate().point, scalar: nil), "EVP_PKEY_fromdata"), isPair: false)

    private let key: OpaquePointer
    /// A key pair's context for key agreement, copied for each peer; nil for a public key.
    private let agreement: OpaquePointer?

    private init(key: OpaquePointer, isPair: Bool) {
        self.key = key
        agreement = isPair ? Self.agreement(of: key) : nil
    }

    deinit {
        EVP_PKEY_CTX_free(agreement)
        EVP_PKEY_free(key)
    }

    /// A new key pair.
    static func generate() -> P256Handle {
        P256Handle(key: OpenSSL.check(assent_p256_generate(), "EVP_EC_gen"), isPair: true)
    }

    /// The public key at `point`, `nil` for one off the curve, of another form, or at infinity.
    convenience init?(point: [UInt8]) {
        guard point.count == Self.pointLength, point.first == Self.uncompressed else { return nil }
        self.init(key: OpenSSL.check(EVP_PKEY_dup(Self.model.key), "EVP_PKEY_dup"), isPair: false)
        guard EVP_PKEY_set1_encoded_public_key(key, point, point.count) == 1 else {
            OpenSSL.clearErrors()
            return nil
        }
        // The full check would also test that the order's multiple is infinity, which is true of every point of a curve
        // of cofactor 1 (SP 800-56A, 5.6.2.3.3), and would take as long as a key agreement.
        guard check(EVP_PKEY_public_check_quick) else { return nil }
    }

    /// The key pair of a scalar of 32 bytes, `nil` unless it lies between 1 and the group's order less 1.
    convenience init?(scalar: [UInt8]) {
        guard let point = Self.point(of: scalar), let key = Self.key(point: point, scalar: scalar) else { return nil }
        self.init(key: key, isPair: true)
        guard check(EVP_PKEY_check) else { return nil }
    }

    /// The public point, uncompressed: 65 bytes.
    var point: [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let length = EVP_PKEY_get1_encoded_public_key(key, &encoded)
        defer { assent_openssl_free(encoded) }
        precondition(length == Self.pointLength, "OpenSSL gave a P-256 point in another form")
        return [UInt8](UnsafeBufferPointer(start: encoded, count: length))
    }

    /// The private scalar, 32 bytes, big-endian; the caller cleanses it. Only for a key pair.
    var scalar: [UInt8] {
        var number: OpaquePointer?
        OpenSSL.check(EVP_PKEY_get_bn_param(key, assent_param_private_key(), &number), "EVP_PKEY_get_bn_param")
        defer { BN_clear_free(number) }
        var bytes = [UInt8](repeating: 0, count: Self.coordinateLength)
        let written = BN_bn2binpad(number, &bytes, Int32(bytes.count))
        precondition(written == Self.coordinateLength, "OpenSSL gave a P-256 scalar of another length")
        return bytes
    }

    /// The x coordinate of the shared point (ECDH); the caller cleanses it. Only for a key pair.
    func sharedSecret(with peer: P256Handle) -> [UInt8] {
        let context = OpenSSL.check(EVP_PKEY_CTX_dup(agreement), "EVP_PKEY_CTX_dup")
        defer { EVP_PKEY_CTX_free(context) }
        // 0: does not check the peer again, since its `init` did.
        OpenSSL.check(EVP_PKEY_derive_set_peer_ex(context, peer.key, 0), "EVP_PKEY_derive_set_peer_ex")
        var secret = [UInt8](repeating: 0, count: Self.coordinateLength)
        var length = secret.count
        OpenSSL.check(EVP_PKEY_derive(context, &secret, &length), "EVP_PKEY_derive")
        precondition(length == Self.coordinateLength, "OpenSSL gave an ECDH secret of another length")
        return secret
    }

    private static func agreement(of key: OpaquePointer) -> OpaquePointer {
        let context = OpenSSL.check(EVP_PKEY_CTX_new_from_pkey(nil, key, nil), "EVP_PKEY_CTX_new_from_pkey")
        OpenSSL.check(EVP_PKEY_derive_init(context), "EVP_PKEY_derive_init")
        return context
    }

    private func check(_ body: (OpaquePointer?) -> Int32) -> Bool {
        let context = OpenSSL.check(EVP_PKEY_CTX_new_from_pkey(nil, key, nil), "EVP_PKEY_CTX_new_from_pkey")
        defer { EVP_PKEY_CTX_free(context) }
        guard body(context) == 1 else {
            OpenSSL.clearErrors()
            return false
        }
        return true
    }

    private static func key(point: [UInt8], scalar: [UInt8]?) -> OpaquePointer? {
        guard point.count == pointLength, point.first == uncompressed else { return nil }
        var group = "P-256".utf8CString.map { $0 }
        var point = point
        // OSSL_PARAM holds numbers in the machine's byte order.
        var number = (scalar ?? []).reversed() as [UInt8]
        #if _endian(big)
            number.reverse()
        #endif
        defer { number.cleanse() }
        return group.withUnsafeMutableBufferPointer { group in
            point.withUnsafeMutableBufferPointer { point in
                number.withUnsafeMutableBufferPointer { number in
                    var parameters = [
                        OSSL_PARAM_construct_utf8_string(assent_param_group(), group.baseAddress, 0),
                        OSSL_PARAM_construct_octet_string(assent_param_public_key(), point.baseAddress, point.count),
                    ]
                    if !number.isEmpty {
                        parameters.append(
                            OSSL_PARAM_construct_BN(assent_param_private_key(), number.baseAddress, number.count))
                    }
                    parameters.append(OSSL_PARAM_construct_end())
                    let isPublic = number.isEmpty
                    return key(
                        parameters, selection: isPublic ? assent_selection_public_key() : assent_selection_key_pair())
                }
            }
        }
    }

    private static func key(_ parameters: [OSSL_PARAM], selection: Int32) -> OpaquePointer? {
        let context = OpenSSL.check(EVP_PKEY_CTX_new_from_name(nil, "EC", nil), "EVP_PKEY_CTX_new_from_name")
        defer { EVP_PKEY_CTX_free(context) }
        OpenSSL.check(EVP_PKEY_fromdata_init(context), "EVP_PKEY_fromdata_init")
        var parameters = parameters
        var key: OpaquePointer?
        guard EVP_PKEY_fromdata(context, &key, selection, &parameters) == 1 else {
            OpenSSL.clearErrors()
            return nil
        }
        return key
    }

    /// OpenSSL 3.0 does not compute the public point of an imported scalar, so it is computed here.
    private static func point(of scalar: [UInt8]) -> [UInt8]? {
        guard scalar.count == coordinateLength else { return nil }
        let group = OpenSSL.check(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), "EC_GROUP_new_by_curve_name")
        defer { EC_GROUP_free(group) }
        let number = OpenSSL.check(BN_secure_new(), "BN_secure_new")
        defer { BN_clear_free(number) }
        BN_set_flags(number, BN_FLG_CONSTTIME)
        _ = OpenSSL.check(BN_bin2bn(scalar, Int32(scalar.count), number), "BN_bin2bn")
        let point = OpenSSL.check(EC_POINT_new(group), "EC_POINT_new")
        defer { EC_POINT_free(point) }
        OpenSSL.check(EC_POINT_mul(group, point, number, nil, nil, nil), "EC_POINT_mul")
        var encoded = [UInt8](repeating: 0, count: pointLength)
        // The point at infinity (scalar 0 or a multiple of the order) is one byte long.
        guard
            EC_POINT_point2oct(
                group, point, POINT_CONVERSION_UNCOMPRESSED, &encoded, encoded.count, nil) == pointLength
        else {
            OpenSSL.clearErrors()
            return nil
        }
        return encoded
    }
}

extension P256Handle: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { "<hidden>" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
