import FoundationEssentials
import Messaging
import Models
import OptInDomain
import PostgreSQL

/// Contacts in one lookup statement. A larger request is split among connections, to use several cores of the database.
private let lookupSize = 2500

/// Reads outside of batches; each is one statement on the primary.
struct OptInReads: Sendable {
    let pool: Pool
    /// The same reads through another pool.
    func by(_ pool: Pool) -> OptInReads { OptInReads(pool: pool, replyWindow: replyWindow) }
    /// Time after a contact's last mail within which it may be answered; nil: no limit (O9).
    let replyWindow: Duration?

    /// An opt-out of the address by another contact applies at once, even before this contact's partition has applied
    /// it (O7). Until then the address has `is_spreading`; few addresses have.
    private static let recipients = """
        SELECT c.contact, CASE WHEN a.opt_out_count > c.opt_out_seen THEN 'opt-out-contact' ELSE c.status END,
            c.held_opt_out IS NOT NULL AND NOT coalesce(a.opt_out_count > c.opt_out_seen, false), c.lists,
            array_remove(ARRAY[c.address_hash, root.hash]
                || ARRAY(SELECT alias.hash FROM address AS alias WHERE alias.same_as = root.hash), NULL), c.is_stopped
        FROM contact AS c LEFT JOIN address AS a ON a.hash = c.address_hash AND a.is_spreading
        LEFT JOIN LATERAL (
            SELECT coalesce(same_as, hash) AS hash FROM address WHERE hash = c.address_hash LIMIT 1) AS root ON true
        WHERE c.contact = ANY ($1::text[]) AND c.is_created
        """
    private static let isSpreading = "SELECT EXISTS (SELECT FROM address WHERE is_spreading)"
    /// Used when no opt-out is spreading and no list is asked for: an index-only scan of the primary key suffices.
    private static let groups = """
        SELECT c.status, c.held_opt_out IS NOT NULL, true, array_agg(asked.place::integer), c.is_stopped
        FROM unnest($1::text[]) WITH ORDINALITY AS asked (contact, place) JOIN contact AS c USING (contact)
        WHERE c.is_created GROUP BY c.status, c.held_opt_out IS NOT NULL, c.is_stopped
        """
    private static let groupsOnList = """
        SELECT s.status, s.is_unconfirmed, s.is_on_list, array_agg(s.place::integer), s.is_stopped
        FROM (
            SELECT asked.place, c.held_opt_out IS NOT NULL AND NOT coalesce(a.opt_out_count > c.opt_out_seen, false),
                CASE WHEN a.opt_out_count > c.opt_out_seen THEN 'opt-out-contact' ELSE c.status END,
                $2::text IS NULL OR c.lists @> ARRAY[$2::text], c.is_stopped
            FROM unnest($1::text[]) WITH ORDINALITY AS asked (contact, place) JOIN contact AS c USING (contact)
            LEFT JOIN address AS a ON a.hash = c.address_hash AND a.is_spreading
            WHERE c.is_created
        ) AS s (place, is_unconfirmed, status, is_on_list, is_stopped)
        GROUP BY s.status, s.is_unconfirmed, s.is_on_list, s.is_stopped
        """
    private static let pending = """
        SELECT c.id FROM confirmation AS c JOIN contact USING (contact)
        LEFT JOIN address AS a ON a.hash = contact.address_hash AND a.is_spreading
        WHERE c.id = ANY ($1::uuid[]) AND c.state = 'pending' AND c.expires_at > $2
            AND NOT coalesce(a.opt_out_count > contact.opt_out_seen, false)
        """
    private static let conversations = """
        SELECT asked.place FROM unnest($1::text[], $2::text[], $4::integer[]) AS asked (contact, hash, place)
        JOIN received_mail AS r ON r.contact = asked.contact AND r.message_hash = asked.hash
        JOIN contact AS c ON c.contact = asked.contact
        WHERE $3::timestamptz IS NULL OR c.last_received_at >= $3
        """
    private static let confirmation = """
        SELECT contact, state, expires_at, lists,
            coalesce(clock_timestamp() < handed_at + $2::integer * interval '1 second', true)
        FROM confirmation WHERE id = $1
        """
    private static let history = """
        SELECT from_status, to_status, at, by, reason, user_id, form, shown_text, remote_address, user_agent, number
        FROM status_change WHERE contact = $1 AND number < $2 ORDER BY number DESC LIMIT $3
        """
    private static let members = """
        SELECT contact FROM contact WHERE lists @> ARRAY[$1::text] AND lists <> '{}' AND contact > $2
        ORDER BY contact LIMIT $3
        """

    /// Recipients by contact; unknown contacts are missing.
    func recipients(of contacts: [ContactID]) async throws -> [String: Recipient] {
        var recipients: [String: Recipient] = [:]
        recipients.reserveCapacity(contacts.count)
        for row in try await pool.run([Statement(Self.recipients, [.texts(contacts.map(\.text))])])[0] {
            recipients[try row.text(0)] = Recipient(
                status: try OptInStatus(stored: row.text(1)), isUnconfirmed: try row.bool(2),
                isStopped: try row.bool(5), lists: try row.textArray(3), addressHashes: try row.textArray(4))
        }
        return recipients
    }

    /// Contacts with equal properties, by their indices in the request.
    struct Group: Sendable {
        let recipient: Recipient
        let places: [Int]
    }

    /// Groups the contacts; unknown ones are in no group. `Recipient.lists` holds at most the given `list`.
    func groups(of contacts: [ContactID], on list: String?) async throws -> [Group] {
        let order = Self.indexOrder(contacts)
        return try await withThrowingTaskGroup(of: [Group].self) { lookups in
            for start in stride(from: 0, to: order.count, by: lookupSize) {
                let places = order[start..<min(start + lookupSize, order.count)]
                lookups.addTask {
                    try await rows(of: places.map { contacts[$0].text }, on: list).map { row in
                        let recipient = Recipient(
                            status: try OptInStatus(stored: row.text(0)), isUnconfirmed: try row.bool(1),
                            isStopped: try row.bool(4),
                            lists: try row.bool(2) ? list.map { [$0] } ?? [] : [])
                        // `WITH ORDINALITY` counts from 1.
                        let numbers = try row.int64Array(3)
                        return Group(recipient: recipient, places: numbers.map { places[start + Int($0) - 1] })
                    }
                }
            }
            return try await lookups.reduce(into: []) { $0 += $1 }
        }
    }

    /// Indices sorted roughly in the index's order, by the first 16 bytes, so that neighbours are read from a cached
    /// page.
    private static func indexOrder(_ contacts: [ContactID]) -> [Int] {
        let keys = contacts.enumerated().map { place, contact in
            var head: (UInt64, UInt64) = (0, 0)
            for (index, byte) in contact.text.utf8.prefix(16).enumerated() {
                if index < 8 {
                    head.0 |= UInt64(byte) << (56 - 8 * index)
                } else {
                    head.1 |= UInt64(byte) << (120 - 8 * index)
                }
            }
            return (head: head, place: place)
        }
        return keys.sorted { $0.head < $1.head }.map(\.place)
    }

    /// `isSpreading` is read first: an opt-out that commits later is acknowledged only after this lease has expired
    /// (X3).
    private func rows(of ids: [String], on list: String?) async throws -> Rows {
        if list == nil {
            let rows = try await pool.run([Statement(Self.isSpreading), Statement(Self.groups, [.texts(ids)])])
            if try !rows[0][0].bool(0) { return rows[1] }
        }
        return try await pool.run([Statement(Self.groupsOnList, [.texts(ids), .text(list)])])[0]
    }

    /// The confirmations among these that are pending now.
    func pending(among ids: [UUID], at now: Timestamp) async throws -> Set<UUID> {
        guard !ids.isEmpty else { return [] }
        var pending = Set<UUID>()
        for row in try await pool.run([Statement(Self.pending, [.uuids(ids), .timestamp(now.microseconds)])])[0] {
            pending.insert(try row.uuid(0))
        }
        return pending
    }

    /// The indices of the pairs that name a mail that the contact sent and that may still be answered (O9).
    func conversations(
        among asked: [(contact: ContactID, messageHashes: [String])], at now: Timestamp
    ) async throws -> Set<Int> {
        guard !asked.isEmpty else { return [] }
        let pairs = asked.enumerated().flatMap { place, mail in
            mail.messageHashes.map { (contact: mail.contact.text, hash: $0, place: place) }
        }
        let since = replyWindow.map { (now - $0).microseconds }
        let rows = try await pool.run([
            Statement(
                Self.conversations,
                [
                    .texts(pairs.map(\.contact)), .texts(pairs.map(\.hash)), .timestamp(since),
                    .int4s(pairs.map { Int32($0.place) }),
                ])
        ])[0]
        return Set(try rows.map { Int(try $0.int64(0)) })
    }

    /// The state of a confirmation; nil for an unknown id.
    func confirmation(_ id: UUID, at now: Timestamp) async throws -> ConfirmationAnswer? {
        let delay = ButtonPress.humanDelay.components.seconds
        guard let row = try await pool.run([Statement(Self.confirmation, [.uuid(id), .int8(delay)])])[0].first,
            let contact = ContactID(try row.text(0)), let state = Confirmation.State(rawValue: try row.text(1))
        else { return nil }
        let isOver = try row.timestampMicroseconds(2) <= now.microseconds
        let answer: ConfirmationAnswer.State =
            switch state {
            case .pending: isOver ? .expired : .pending
            case .confirmed: .confirmed
            case .declined: .declined
            case .superseded: .superseded
            case .spent: .spent
            }
        return ConfirmationAnswer(
            contact: contact, state: answer, lists: try row.textArray(3), isEarly: try row.bool(4))
    }

    /// Subscribers of a list, page by page in the order of their ids (N4).
    func members(of list: String, after: String?, limit: Int) async throws -> ContactPage {
        let rows = try await pool.run([
            Statement(Self.members, [.text(list), .text(after ?? ""), .int8(Int64(limit))])
        ])[0]
        let contacts = try rows.compactMap { ContactID(try $0.text(0)) }
        return ContactPage(contacts: contacts, next: contacts.count == limit ? contacts.last?.text : nil)
    }

    /// The newest `limit` changes of a contact's status with a number below `end`, oldest first, as `optin.show`
    /// returns them; fewer if they would not fit a reply. `earlier`: the cursor for older changes; nil: there are none.
    func history(of contact: String, before end: Int, limit: Int) async throws -> (changes: [JSON], earlier: Int?) {
        var page = ReplyPage()
        var first = 0
        // One row more than the page holds shows whether older changes exist.
        let parameters: [Parameter] = [.text(contact), .int4(Int32(clamping: end)), .int8(Int64(limit) + 1)]
        let rows = try await pool.run([Statement(Self.history, parameters)])[0]
        for row in rows.prefix(limit) {
            guard page.add(try Self.change(row)) else { break }
            first = Int(try row.int64(10))
        }
        return (page.elements.reversed(), rows.count > page.elements.count ? first : nil)
    }

    private static func change(_ row: Row) throws -> JSON {
        JSON(present: [
            "from": .string(try row.text(0)), "to": .string(try row.text(1)),
            "at": .string(Timestamp(microseconds: try row.timestampMicroseconds(2)).rfc3339),
            "by": .string(try row.text(3)), "reason": .string(try row.text(4)),
            "user": .text(try row.optionalText(5)), "form": .text(try row.optionalText(6)),
            "text": .text(try row.optionalText(7)), "remoteAddress": .text(try row.optionalText(8)),
            "userAgent": .text(try row.optionalText(9)),
        ])
    }
}
