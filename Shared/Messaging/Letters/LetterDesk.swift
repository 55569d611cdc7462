import FoundationEssentials
import Logging
import Models
import PostgreSQL

/// The timeout for redriving the letters of one contact.
private let redriveTimeout = Duration.seconds(20)
/// Contacts whose letters are redriven at the same time.
private let redriveWidth = 8

/// Answers the operator's requests about dead letters (Q2). Only the account `operator` may send them.
struct LetterDesk: Sendable {
    static let account = "operator"
    /// Requests that need a user's token. Letters do not store the token, so a redrive skips them
    /// (contract section 3, †).
    private static let protected = [
        "consent.record", "consent.resume", "consent.invite", "consent.audit", "consent.rehearse", "optin.set",
        "optin.import", "optin.invite", "optin.subscribe", "optin.leave", "vault.reveal", "vault.log", "vault.proof",
        "vault.audit", "erasure.list", "erasure.preview", "erasure.execute", "erasure.waive", "erasure.extend",
        "erasure.hold", "erasure.release", "erasure.cancel", "erasure.certificate", "mail.campaign",
    ]

    let service: SuiteService
    let seal: LetterSeal
    let asker: Asker
    let log: Logger

    /// Returns the type of the internal message that redrives a contact's letters in the contact's partition.
    static func redriveType(of service: SuiteService) -> String { "internal.redrive.\(service.rawValue)" }

    /// Redrives the matching letters, those of each contact in order. Returns the number of accepted letters.
    func redrive(_ filter: LetterFilter, in pool: Pool) async throws -> Int {
        let condition = filter.condition
        // A letter without a body cannot be decided; a letter from `unrouted` belongs to no service's handler.
        let rows = try await pool.run([
            Statement(
                varying: """
                    SELECT id, coalesce(contact, id::text) FROM dead_letter
                    WHERE \(condition.text) AND body IS NOT NULL AND exchange IN ('contacts', 'requests', 'facts',
                        'internal') AND type <> ALL ($\(condition.parameters.count + 1)::text[])
                    ORDER BY id LIMIT \(LetterFilter.mostLetters)
                    """, condition.parameters + [.texts(Self.protected)])
        ])[0]
        var letters: [String: [UUID]] = [:]
        for row in rows { letters[try row.text(1), default: []].append(try row.uuid(0)) }
        let groups = letters.sorted { $0.key < $1.key }
        for start in stride(from: 0, to: groups.count, by: redriveWidth) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (contact, ids) in groups[start..<min(start + redriveWidth, groups.count)] {
                    group.addTask {
                        _ = try await asker.ask(
                            Self.redriveType(of: service), subject: contact,
                            ["letters": .array(ids.map { .string($0.text) })], timeout: redriveTimeout)
                    }
                }
                try await group.waitForAll()
            }
        }
        let ids = letters.values.flatMap { $0 }
        let left = try await pool.run([
            Statement("SELECT count(*) FROM dead_letter WHERE id = ANY ($1::uuid[])", [.uuids(ids)])
        ])[0][0]
        return ids.count - Int(try left.int64(0))
    }
}

extension QueryContext {
    /// Returns the desk; throws if the request does not come from the operator.
    func desk() throws -> LetterDesk {
        guard let desk = letterDesk else { throw Refusal(.failed, "this service keeps no letters") }
        guard message.account == LetterDesk.account else {
            throw Refusal(.notPermitted, "only the broker account \(LetterDesk.account) may ask this")
        }
        return desk
    }
}
