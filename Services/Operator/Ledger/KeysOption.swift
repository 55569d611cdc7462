import ArgumentParser
import Foundation
import FoundationNetworking
import Ledger
import Models

/// The option for the keys that verify the ledgers' checkpoints.
struct KeysOption: ParsableArguments {
    /// Maximum bytes of the document; a key has a few hundred.
    private static let longest = 1 << 20
    private static let patienceSeconds = 10.0
    private static let path = "/.well-known/assent-keys"

    @Option(
        help: ArgumentHelp(
            "The deployment's keys, kept from $PUBLIC_URL/.well-known/assent-keys; default: asked there.",
            valueName: "file"))
    var keys: String?

    /// The keys of all ledgers, including old ones.
    func read() async throws(Ending) -> LedgerKeys {
        let name: String
        let content: [UInt8]
        if let keys {
            name = InputFile(path: keys).name
            content = try InputFile(path: keys).read()
        } else {
            (name, content) = try await fetched()
        }
        let found = Self.keys(in: content)
        guard !found.isEmpty else { throw Ending(.usage, "\(name) holds no key of a ledger") }
        return LedgerKeys(source: name, all: found)
    }

    /// Reads the published JSON, or a file with one verifier key per line (c2sp.org/signed-note).
    static func keys(in content: [UInt8]) -> [NoteVerifierKey] {
        if let json = try? JSON(parsing: content) { return PublishedKeys(json)?.checkpoints ?? [] }
        return String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline)
            .compactMap { NoteVerifierKey(vkey: $0.trimmingCharacters(in: .whitespaces)) }
    }

    private func fetched() async throws(Ending) -> (name: String, content: [UInt8]) {
        guard let place = variable("PUBLIC_URL") else {
            throw Ending(.usage, "neither --keys nor PUBLIC_URL says where the ledgers' keys are")
        }
        let text = (place.hasSuffix("/") ? String(place.dropLast()) : place) + Self.path
        guard let url = URL(string: text), Self.isSafe(url) else {
            throw Ending(.usage, "PUBLIC_URL is not https, and keys that anybody can change prove nothing: --keys FILE")
        }
        do {
            var request = URLRequest(url: url)
            request.timeoutInterval = Self.patienceSeconds
            let (data, response) = try await URLSession.shared.data(for: request)
            guard (response as? HTTPURLResponse)?.statusCode == 200, data.count <= Self.longest else {
                throw Ending(.unreachable, "\(text) does not answer with keys; --keys FILE reads kept ones")
            }
            return (text, [UInt8](data))
        } catch let ending as Ending {
            throw ending
        } catch {
            throw Ending(.unreachable, "\(text) cannot be reached; --keys FILE reads kept ones")
        }
    }

    /// Whether the URL uses TLS or this machine.
    private static func isSafe(_ url: URL) -> Bool {
        switch url.scheme {
        case "https": true
        case "http": ["127.0.0.1", "localhost", "::1", "[::1]"].contains(url.host() ?? "")
        default: false
        }
    }
}
