import ConsentDomain
import Ledger
import Messaging
import Models
import PostgreSQL

/// Loads and saves decisions, their entries in the ledger, and the vault orders that carry them out.
extension ConsentStore {
    /// The current decisions and open orders of one contact.
    struct Decided {
        var decisions: [String: Decision] = [:]
        var orders = OrderBook()
    }

    private static let load = """
        SELECT contact, partition, number, consent, decision, text_version, channel, decided_at, epoch, follow_up,
            renewal_mail
        FROM current_decision WHERE contact = ANY ($1::text[])
        """

    func loadingDecisions(of keys: [String]) -> [Statement] {
        [Statement(Self.load, [.texts(keys)])] + OrderTable.loading(of: keys)
    }

    func decided(from rows: ArraySlice<Rows>) throws -> [String: Decided] {
        guard let decisions = rows.first else { return [:] }
        var decided: [String: Decided] = [:]
        for row in decisions {
            decided[try row.text(0), default: Decided()].decisions[try row.text(3)] = try Self.decision(row)
        }
        for (contact, book) in try OrderTable.books(from: rows.dropFirst()) {
            decided[contact, default: Decided()].orders = book
        }
        return decided
    }

    private static func decision(_ row: Row) throws -> Decision {
        guard let choice = Decision.Choice(rawValue: try row.text(4)) else { throw UnknownDecision() }
        return Decision(
            choice: choice, textVersion: try row.text(5), channel: try row.text(6),
            decidedAt: Timestamp(microseconds: try row.timestampMicroseconds(7)),
            index: LedgerIndex(
                partition: Int(try row.int64(1)), number: try row.int64(2), epoch: try row.int64(8)),
            followUp: try FollowUp(row, from: 9))
    }
}

/// The rows that a batch's messages add.
extension ConsentStore {
    private static let saveDecisions = """
        INSERT INTO decision (partition, number, contact, language)
        SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::text[])
        """
    private static let saveCurrent = """
        INSERT INTO current_decision (contact, consent, decision, text_version, channel, decided_at, partition, number,
            epoch)
        SELECT DISTINCT ON (contact, consent) *
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::integer[],
            $8::bigint[], $9::bigint[])
            AS d (contact, consent, decision, text_version, channel, decided_at, partition, number, epoch)
        ORDER BY contact, consent, number DESC
        ON CONFLICT (contact, consent) DO UPDATE SET decision = excluded.decision,
            text_version = excluded.text_version, channel = excluded.channel, decided_at = excluded.decided_at,
            partition = excluded.partition, number = excluded.number, epoch = excluded.epoch,
            follow_up = NULL, renewal_mail = NULL
        """

    /// No statement if the batch has neither decisions nor finished orders, as most batches do.
    func savingDecisions(
        of changed: [(key: String, state: ConsentContact)], at now: Timestamp
    ) throws(LedgerError) -> [Statement] {
        let records = changed.flatMap { key, state in state.unsaved.records.map { (contact: key, record: $0) } }
        let books = changed.map { key, state in (contact: key, book: state.orders) }
        return (records.isEmpty ? [] : try saving(records)) + savingFollowUps(of: changed) + OrderTable.saving(books)
    }

    /// A decision is an entry of the ledger; the other two rows find it (X1).
    private func saving(
        _ records: [(contact: String, record: Unsaved.Record)]
    ) throws(LedgerError) -> [Statement] {
        let decisions = records.map(\.record.decision)
        let partitions = decisions.map { Int32($0.index.partition) }
        let numbers = decisions.map(\.index.number)
        let contacts = records.map(\.contact)
        var entries: [LedgerEntry] = []
        for (contact, record) in records { entries.append(try record.entry(of: contact)) }
        return LedgerStatements.insert(entries) + [
            Statement(
                Self.saveDecisions,
                [
                    .int4s(partitions), .int8s(numbers), .texts(contacts),
                    .texts(records.map(\.record.evidence.language)),
                ]),
            Statement(
                Self.saveCurrent,
                [
                    .texts(contacts), .texts(records.map(\.record.consent)), .texts(decisions.map(\.choice.rawValue)),
                    .texts(decisions.map(\.textVersion)), .texts(decisions.map(\.channel)),
                    .timestamps(decisions.map(\.decidedAt.microseconds)), .int4s(partitions), .int8s(numbers),
                    .int8s(decisions.map(\.index.epoch)),
                ]),
        ]
    }
}

/// The ledger's next number, loaded only by batches that record decisions.
extension ConsentStore {
    func loadingNumbering(of partition: Int) -> [Statement] { [LedgerStatements.nextNumber(partition: partition)] }

    func numbering(of partition: Int, from rows: ArraySlice<Rows>) throws -> DecisionCounter {
        guard let row = rows.first?.first else { throw PartitionMissing() }
        return DecisionCounter(partition: partition, next: try row.int64(0), epoch: try row.int64(1))
    }

    /// No statements: the entries themselves have the numbers.
    func savingNumbering(_ counter: DecisionCounter) -> [Statement] { [] }
}

/// Starts a new epoch after decisions may have been lost.
extension ConsentStore {
    func beginHistory(_ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection) async throws {
        try await LedgerEpoch.begin(epoch, partitions: partitions, at: now, on: connection)
    }
}

/// The table holds a value that no version of this service has written.
private struct UnknownDecision: Outage {}
