import FoundationEssentials
import Messaging
import Models
import OptInDomain
import PostgreSQL

/// What the opt-in service reads beside its batches, each by one statement from the primary.
struct OptInReads: Sendable {
    let pool: Pool

    private static let standings = """
        SELECT contact, status, held_opt_out IS NOT NULL, lists FROM contact WHERE contact = ANY ($1::text[])
        """
    private static let pending = """
        SELECT c.id FROM confirmation AS c JOIN contact USING (contact)
        WHERE c.id = ANY ($1::uuid[]) AND c.state = 'pending' AND c.expires_at > $2
        """
    private static let confirmation = "SELECT contact, state, expires_at FROM confirmation WHERE id = $1"
    private static let history = """
        SELECT from_status, to_status, at, by, reason, form, shown_text, remote_address, user_agent FROM status_change
        WHERE contact = $1 AND number <= $2 ORDER BY number LIMIT 10000
        """

    /// By contact; who is not known is missing.
    func standings(of contacts: [ContactID]) async throws -> [String: Standing] {
        var standings: [String: Standing] = [:]
        standings.reserveCapacity(contacts.count)
        for row in try await pool.run([Statement(Self.standings, [.texts(contacts.map(\.text))])])[0] {
            standings[try row.text(0)] = Standing(
                status: try OptInStatus(stored: row.text(1)), isUnconfirmed: try row.bool(2),
                lists: try row.textArray(3))
        }
        return standings
    }

    /// Those of the confirmations that are pending now.
    func pending(among ids: [UUID], at now: Timestamp) async throws -> Set<UUID> {
        var pending = Set<UUID>()
        for row in try await pool.run([Statement(Self.pending, [.uuids(ids), .timestamp(now.microseconds)])])[0] {
            pending.insert(try row.uuid(0))
        }
        return pending
    }

    /// What became of a confirmation; nil where there is none of this id.
    func confirmation(_ id: UUID, at now: Timestamp) async throws -> ConfirmationAnswer? {
        guard let row = try await pool.run([Statement(Self.confirmation, [.uuid(id)])])[0].first,
            let contact = ContactID(try row.text(0)), let state = Confirmation.State(rawValue: try row.text(1))
        else { return nil }
        let isOver = try row.timestampMicroseconds(2) <= now.microseconds
        let answer: ConfirmationAnswer.State =
            switch state {
            case .pending: isOver ? .expired : .pending
            case .confirmed: .confirmed
            case .declined: .declined
            case .superseded: .superseded
            }
        return ConfirmationAnswer(contact: contact, state: answer)
    }

    /// The first `count` changes of a contact's status, oldest first, as `optin.show` answers them.
    func history(of contact: String, first count: Int) async throws -> [JSON] {
        var history: [JSON] = []
        let statement = Statement(Self.history, [.text(contact), .int4(Int32(count))])
        for row in try await pool.run([statement])[0] {
            history.append(
                JSON(present: [
                    "from": .string(try row.text(0)), "to": .string(try row.text(1)),
                    "at": .string(Timestamp(microseconds: try row.timestampMicroseconds(2)).rfc3339),
                    "by": .string(try row.text(3)), "reason": .string(try row.text(4)),
                    "form": .text(try row.optionalText(5)), "text": .text(try row.optionalText(6)),
                    "remoteAddress": .text(try row.optionalText(7)), "userAgent": .text(try row.optionalText(8)),
                ]))
        }
        return history
    }
}
