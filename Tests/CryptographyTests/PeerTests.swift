import Foundation
import Testing

@testable import Cryptography

/// Against another implementation: runs where `CRYPTO_PEER_PYTHON` names a Python that has jwcrypto.
struct PeerTests {
    private static let python = ProcessInfo.processInfo.environment["CRYPTO_PEER_PYTHON"]

    /// Prints, one a line: the plaintext of argument 2 under key 1, its header's `sub`, a JWE to key 1, the thumbprint.
    private static let script = """
        import json, sys
        from jwcrypto import jwk, jwe
        key = jwk.JWK.from_json(sys.argv[1])
        token = jwe.JWE()
        token.deserialize(sys.argv[2], key)
        print(token.payload.decode())
        print(json.loads(token.objects['protected'])['sub'])
        public = jwk.JWK.from_json(key.export_public())
        header = {'alg': 'ECDH-ES', 'enc': 'A256GCM', 'kid': key.thumbprint(), 'sub': 'c', 'field': 'f'}
        print(jwe.JWE(b'from the peer', json.dumps(header), recipient=public).serialize(compact=True))
        print(key.thumbprint())
        """

    @Test("JWEs and thumbprints agree with jwcrypto", .enabled(if: python != nil))
    func jwcrypto() throws {
        let key = PrivateSealingKey.generate()
        var members = key.publicKey.jwkMembers
        members["d"] = Base64URL.encode(key.bytes)
        let jwk = String(decoding: try JSONEncoder().encode(members), as: UTF8.self)
        let sealed = JWE.seal([UInt8]("from here".utf8), to: key.publicKey, header: ["sub": "contact"])
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.python))
        process.arguments = ["-c", Self.script, jwk, sealed]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let lines = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0 && lines.count == 4)
        #expect(lines[0] == "from here")
        #expect(lines[1] == "contact")
        #expect(lines[3] == key.publicKey.thumbprint)
        let opened = try JWE.open(lines[2]) { $0 == key.publicKey.thumbprint ? key : nil }
        #expect(opened.plaintext == [UInt8]("from the peer".utf8))
        #expect(opened.header["field"] == "f")
    }
}
