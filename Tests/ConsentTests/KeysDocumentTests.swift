import Cryptography
import HTTPTypes
import Hummingbird
import Ledger
import LedgerService
import Models
import NIOCore
import Testing

@testable import ConsentService

@Suite("The published keys")
struct KeysDocumentTests {
    private static func seed(_ byte: UInt8) -> String { Base64URL.encode([UInt8](repeating: byte, count: 32)) }

    private static func document() throws -> KeysDocument {
        let old = try Ed25519PrivateKey(seed: [UInt8](repeating: 3, count: 32)).publicKey
        let ring = try Ed25519KeyRing(
            json: """
                {"keys":[{"version":1,"public":"\(Base64URL.encode(old.bytes))"},{"version":2,"key":"\(seed(4))"},
                {"version":3,"key":"\(seed(5))"}]}
                """)
        let url = "https://example.com"
        let signer = try #require(CheckpointSigner(service: "consent", publicURL: url, keys: ring))
        return try #require(KeysDocument(SigningKeys(signer), publicURL: url))
    }

    private static func body(of response: Response) async throws -> [UInt8] {
        let writer = CollectingWriter()
        try await response.body.write(writer)
        return writer.bytes
    }

    @Test("X1 old keys and the current one are published, and nothing private is")
    func published() async throws {
        let response = try Self.document().response(to: .get)
        #expect(response.status == .ok)
        let body = try await Self.body(of: response)
        let text = String(decoding: body, as: UTF8.self)
        for byte: UInt8 in [4, 5] { #expect(!text.contains(Self.seed(byte))) }
        let json = try JSON(parsing: body)
        let keys = try #require(json["keys"]?.elements)
        #expect(keys.count == 3)
        for key in keys {
            #expect(Set((key.members ?? []).map(\.name)) == ["kty", "crv", "use", "alg", "kid", "x"])
        }
        let published = try #require(PublishedKeys(json))
        #expect(
            published.checkpoints.map(\.name)
                == ["vault", "consent"].flatMap { ledger in
                    Array(repeating: "example.com/ledger/\(ledger)", count: 3)
                })
        let newest = try Ed25519PrivateKey(seed: [UInt8](repeating: 5, count: 32)).publicKey
        #expect(published.checkpoints.first?.key == newest && keys.first?["kid"]?.text == newest.thumbprint)
    }

    @Test("it may be kept for minutes, by anybody, and read by GET and HEAD alone")
    func headers() async throws {
        let document = try Self.document()
        for method in [HTTPRequest.Method.get, .head] {
            let headers = document.response(to: method).headers
            #expect(headers[.contentType] == "application/json")
            #expect(headers[.cacheControl] == "public, max-age=300")
            #expect(headers[.accessControlAllowOrigin] == "*")
        }
        #expect(try await Self.body(of: document.response(to: .head)).isEmpty)
        for method in [HTTPRequest.Method.post, .put, .delete, .options] {
            let response = document.response(to: method)
            #expect(response.status == .methodNotAllowed && response.headers[.allow] == "GET, HEAD")
        }
    }
}

/// Keeps a body's bytes.
private final class CollectingWriter: ResponseBodyWriter {
    private(set) var bytes: [UInt8] = []

    func write(_ buffer: ByteBuffer) async throws { bytes += buffer.readableBytesView }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
