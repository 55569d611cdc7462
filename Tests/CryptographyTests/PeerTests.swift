import Foundation
import Testing

@testable import Cryptography

/// Against a second implementation, Python's `cryptography` and `jwcrypto`, both ways: what one makes the other reads.
/// Runs where `CRYPTO_PEER_PYTHON` names a Python that has them.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["CRYPTO_PEER_PYTHON"] != nil))
struct PeerTests {
    private static let lengths = [0, 1, 16, 200, 4096]

    /// Runs a script with our texts as `given` and returns the texts that it prints as a JSON array.
    private func peer(_ script: String, _ given: [String]) throws -> [String] {
        let python = try #require(ProcessInfo.processInfo.environment["CRYPTO_PEER_PYTHON"])
        let process = Process()
        process.executableURL = URL(filePath: python)
        process.arguments = ["-c", Self.preamble + script]
        let (input, output) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(given))
        try input.fileHandleForWriting.close()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode([String].self, from: printed)
    }

    private static let preamble = """
        import base64, hashlib, hmac, json, os, sys
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import keywrap
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from jwcrypto import jwe, jwk, jws
        given, made = json.load(sys.stdin), []
        decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        give = lambda data: made.append(base64.urlsafe_b64encode(data).decode().rstrip("="))
        import atexit
        atexit.register(lambda: print(json.dumps(made)))

        """

    private func jwk(of key: PrivateSealingKey) throws -> String {
        let members = key.publicKey.jwkMembers.merging(["d": Base64URL.encode(key.bytes)]) { $1 }
        return String(decoding: try JSONEncoder().encode(members), as: UTF8.self)
    }

    @Test("AES-256-GCM and key wrap agree with Python's cryptography")
    func symmetric() throws {
        let bytes = Random.bytes(32)
        let key = try #require(AESKey(bytes))
        let data = Random.bytes(20)
        let plaintexts = Self.lengths.map(Random.bytes)
        let inner = Random.bytes(32)
        let wrapped = key.wrap(try #require(AESKey(inner)))
        let sealed = plaintexts.map { key.seal($0, associatedData: data) }
        let answers = try peer(
            """
            key, data, wrapped, *sealed = map(decode, given)
            give(keywrap.aes_key_unwrap(key, wrapped))
            inner = os.urandom(32)
            give(inner)
            give(keywrap.aes_key_wrap(key, inner))
            for one in sealed:
                plain = AESGCM(key).decrypt(one[:12], one[12:], data)
                nonce = os.urandom(12)
                give(plain)
                give(nonce + AESGCM(key).encrypt(nonce, plain, data))
            """, ([bytes, data, wrapped] + sealed).map { Base64URL.encode($0) }
        ).compactMap { Base64URL.decode($0) }
        try #require(answers.count == 3 + 2 * plaintexts.count)
        #expect(answers[0] == inner)
        #expect(try key.unwrap(answers[2]).secret.bytes == answers[1])
        for (index, plaintext) in plaintexts.enumerated() {
            #expect(answers[3 + 2 * index] == plaintext)
            #expect(try key.open(answers[4 + 2 * index], associatedData: data) == plaintext)
        }
    }

    @Test("SHA-256 and HMAC agree with Python's")
    func hashes() throws {
        let key = Random.bytes(32)
        let messages = Self.lengths.map(Random.bytes)
        let answers = try peer(
            """
            key, *messages = map(decode, given)
            for one in messages:
                give(hashlib.sha256(one).digest())
                give(hmac.digest(key, one, "sha256"))
            """, ([key] + messages).map { Base64URL.encode($0) })
        let mac = MACKey(key)
        #expect(answers == messages.flatMap { [Digest.sha256($0), mac.hmacSHA256($0)] }.map { Base64URL.encode($0) })
    }

    @Test("Ed25519 agrees with Python's cryptography, its JWS and thumbprint with jwcrypto")
    func signatures() throws {
        let seed = Random.bytes(32)
        let key = try Ed25519PrivateKey(seed: seed)
        let ring = try Ed25519KeyRing(json: #"{"keys":[{"version":1,"key":"\#(Base64URL.encode(seed))"}]}"#)
        let messages = Self.lengths.map(Random.bytes)
        let ours = messages.map { key.signature(of: $0) }
        let document = Ed25519JWS.sign([UInt8]("from here".utf8), type: "receipt", by: ring)
        let answers = try peer(
            """
            document, key = given[0], Ed25519PrivateKey.from_private_bytes(decode(given[1]))
            messages, signatures = [list(map(decode, half)) for half in (given[2::2], given[3::2])]
            for message, signature in zip(messages, signatures):
                key.public_key().verify(signature, message)
                give(key.sign(message))
            public = jwk.JWK.from_pyca(key.public_key())
            token = jws.JWS()
            token.allowed_algs = ["EdDSA"]
            token.deserialize(document, public)
            made.append(public.thumbprint())
            made.append(token.payload.decode())
            token = jws.JWS(b"from the peer")
            header = {"alg": "EdDSA", "kid": public.thumbprint(), "typ": "receipt"}
            token.add_signature(jwk.JWK.from_pyca(key), None, json.dumps(header))
            made.append(token.serialize(compact=True))
            """,
            [document, Base64URL.encode(seed)]
                + zip(messages, ours).flatMap { [Base64URL.encode($0), Base64URL.encode($1)] })
        try #require(answers.count == messages.count + 3)
        #expect(answers.prefix(messages.count).elementsEqual(ours.map { Base64URL.encode($0) }))
        #expect(Array(answers[messages.count...].prefix(2)) == [key.publicKey.thumbprint, "from here"])
        let payload = try Ed25519JWS.open(answers[messages.count + 2], type: "receipt", by: [key.publicKey])
        #expect(payload == [UInt8]("from the peer".utf8))
    }

    @Test("JWEs and thumbprints agree with jwcrypto")
    func sealed() throws {
        let key = PrivateSealingKey.generate()
        // jwcrypto opens no empty value, not even its own.
        let plaintexts = Self.lengths.dropFirst().map(Random.bytes)
        let ours = plaintexts.map { JWE.seal($0, to: key.publicKey, header: ["sub": "contact", "field": "f"]) }
        let answers = try peer(
            """
            key = jwk.JWK.from_json(given[0])
            public = jwk.JWK.from_json(key.export_public())
            made.append(key.thumbprint())
            for text in given[1:]:
                token = jwe.JWE()
                token.deserialize(text, key)
                assert json.loads(token.objects["protected"])["sub"] == "contact"
                give(token.payload)
                header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.thumbprint(), "sub": "c", "field": "f"}
                made.append(jwe.JWE(token.payload, json.dumps(header), recipient=public).serialize(compact=True))
            """, [try jwk(of: key)] + ours)
        try #require(answers.count == 1 + 2 * plaintexts.count)
        #expect(answers[0] == key.publicKey.thumbprint)
        for (index, plaintext) in plaintexts.enumerated() {
            #expect(Base64URL.decode(answers[1 + 2 * index]) == plaintext)
            let opened = try JWE.open(answers[2 + 2 * index]) { $0 == key.publicKey.thumbprint ? key : nil }
            #expect(opened.plaintext == plaintext)
            #expect(opened.header["field"] == "f")
        }
    }

    @Test("what jwcrypto seals by other algorithms, compressed or with party information, is refused")
    func otherwiseSealed() throws {
        let key = PrivateSealingKey.generate()
        let answers = try peer(
            """
            key = jwk.JWK.from_json(jwk.JWK.from_json(given[0]).export_public())
            usual = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.thumbprint()}
            for more in ({}, {"zip": "DEF"}, {"alg": "ECDH-ES+A256KW"}, {"enc": "A128GCM"}, {"enc": "A256CBC-HS512"},
                         {"apu": "QWxpY2U", "apv": "Qm9i"}):
                made.append(jwe.JWE(b"x", json.dumps({**usual, **more}), recipient=key).serialize(compact=True))
            other = jwk.JWK.generate(kty="EC", crv="P-384")
            made.append(jwe.JWE(b"x", json.dumps(usual), recipient=other).serialize(compact=True))
            """, [try jwk(of: key)])
        try #require(answers.count == 7)
        #expect(try JWE.open(answers[0]) { _ in key }.plaintext == [UInt8]("x".utf8))
        for text in answers.dropFirst() {
            #expect(throws: CryptographyError.cannotOpen, "\(text)") { try JWE.open(text) { _ in key } }
        }
    }
}
