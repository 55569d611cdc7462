import Foundation
import PostgreSQL
import TestSupport
import Testing

@Suite(.databaseTLS, .timeLimit(.minutes(10))) struct EncryptionTests {
    /// A self-signed certificate that signed nothing here; its key was thrown away.
    private static let otherAuthority = """
        -----BEGIN CERTIFICATE-----
        MIIBfzCCASWgAwIBAgIUTCinLDQxM3sJEhlQj7YfE62F7VYwCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKYW5vdGhlciBDQTAeFw0yNjExMjQwODIyMjNaFw00NjExMTkw
        ODIyMjNaMBUxEzARBgNVBAMMCmFub3RoZXIgQ0EwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAT2JoKId9NstEMjzSQI+nnmMoxkb5EzfiBEHz+Tmy3H5u27mzzmMGPb
        Q980x38hpoeHOZp7yIojESYPX3EgJpsRo1MwUTAdBgNVHQ4EFgQUN1euYQaIM5P4
        XELDfMo/WkQ83yMwHwYDVR0jBBgwFoAUN1euYQaIM5P4XELDfMo/WkQ83yMwDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA2/aNOXcSSknjRnJscfy7
        zvC7Ue5XqTSWZHuLkhATAKsCIE6kMDuhk4duVOqOCAnTh7/B+3T2PHRc6/5+Zbny
        xsUk
        -----END CERTIFICATE-----
        """

    private static func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "ca-\(UUID().uuidString).crt")
        try Data(text.utf8).write(to: file)
        let result: Result<Void, any Error>
        do {
            try await body(file.path)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try FileManager.default.removeItem(at: file)
        try result.get()
    }

    @Test("verify-full connects encrypted, and large results pass") func encrypted() async throws {
        let address = try TestDatabase.address(of: TestDatabase.tlsURL)
        let connection = try await Connection.open(address, name: "test")
        let rows = try await connection.run(
            Statement("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
        #expect(try rows[0].bool(0))
        let text = String(repeating: "x", count: 10_000)
        let start = ContinuousClock.now
        for _ in 0..<20 {
            let results = try await connection.run((0..<100).map { _ in Statement("SELECT $1", [.text(text)]) })
            #expect(try results[99][0].text(0) == text)
        }
        #expect(ContinuousClock.now - start < .seconds(10))
        await connection.close()
    }

    @Test("verify-full refuses a server of another authority") func wrongAuthority() async throws {
        try await Self.withFile(Self.otherAuthority) { path in
            let address = try TestDatabase.address(["sslrootcert": path], of: TestDatabase.tlsURL)
            let error = try await databaseError { _ = try await Connection.open(address, name: "test") }
            #expect(error.kind == .unreachable)
            #expect(error.reason == "the certificate was not accepted")
        }
    }

    @Test("verify-full refuses a certificate for another host") func wrongHost() async throws {
        let host = "elsewhere.example"
        var components = try #require(URLComponents(string: TestDatabase.changedURL(of: TestDatabase.tlsURL)))
        let server = try #require(components.host)
        let ip = server == "localhost" ? "127.0.0.1" : server
        components.host = host
        components.queryItems?.append(URLQueryItem(name: "hostaddr", value: ip))
        let address = try DatabaseAddress(url: #require(components.string))
        let error = try await databaseError { _ = try await Connection.open(address, name: "test") }
        #expect(error.kind == .unreachable)
        #expect(error.reason.contains("certificate"))
    }
}
