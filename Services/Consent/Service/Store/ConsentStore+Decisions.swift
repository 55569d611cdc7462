import ConsentDomain
import Messaging
import Models
import PostgreSQL

/// Loads and saves decisions, the vault orders that carry them out, and their numbers.
extension ConsentStore {
    /// The current decisions and open orders of one contact.
    struct Decided {
        var decisions: [String: Decision] = [:]
        var orders = OrderBook()
    }

    private static let load = """
        SELECT c.contact, d.partition, d.number, d.consent, d.decision, d.text_version, d.channel, d.decided_at,
            d.epoch
        FROM current_decision AS c JOIN decision AS d USING (partition, number) WHERE c.contact = ANY ($1::text[])
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
                partition: Int(try row.int64(1)), number: try row.int64(2), epoch: try row.int64(8)))
    }
}

/// The rows that a batch's messages add.
extension ConsentStore {
    private static let saveDecisions = """
        INSERT INTO decision (partition, number, contact, consent, decision, text_version, channel, decided_at, epoch)
        SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::timestamptz[], $9::bigint[])
        """
    private static let saveEvidence = """
        INSERT INTO decision_evidence (partition, number, note, reference, recorded_by)
        SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::text[], $5::text[])
        """
    private static let saveCurrent = """
        INSERT INTO current_decision (contact, consent, partition, number)
        SELECT DISTINCT ON (contact, consent) contact, consent, partition, number
        FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[]) AS d (contact, consent, partition, number)
        ORDER BY contact, consent, number DESC
        ON CONFLICT (contact, consent) DO UPDATE SET partition = excluded.partition, number = excluded.number
        """
    /// No statement if the batch has neither decisions nor finished orders, as most batches do.
    func savingDecisions(of changed: [(key: String, state: ConsentContact)], at now: Timestamp) -> [Statement] {
        let records = changed.flatMap { key, state in state.unsaved.records.map { (contact: key, record: $0) } }
        let books = changed.map { key, state in (contact: key, book: state.orders) }
        return (records.isEmpty ? [] : saving(records)) + OrderTable.saving(books)
    }

    private func saving(_ records: [(contact: String, record: Unsaved.Record)]) -> [Statement] {
        let decisions = records.map(\.record.decision)
        let partitions = decisions.map { Int32($0.index.partition) }
        let numbers = decisions.map(\.index.number)
        let evidence = records.map(\.record.evidence)
        let contacts = records.map(\.contact)
        let consents = records.map(\.record.consent)
        return [
            Statement(
                Self.saveDecisions,
                [
                    .int4s(partitions), .int8s(numbers), .texts(contacts), .texts(consents),
                    .texts(decisions.map(\.choice.rawValue)), .texts(decisions.map(\.textVersion)),
                    .texts(decisions.map(\.channel)), .timestamps(decisions.map(\.decidedAt.microseconds)),
                    .int8s(decisions.map(\.index.epoch)),
                ]),
            Statement(
                Self.saveEvidence,
                [
                    .int4s(partitions), .int8s(numbers), .texts(evidence.map(\.note)),
                    .texts(evidence.map(\.reference)), .texts(evidence.map(\.recordedBy)),
                ]),
            Statement(
                Self.saveCurrent, [.texts(contacts), .texts(consents), .int4s(partitions), .int8s(numbers)]),
        ]
    }
}

/// The partition's decision counter, loaded only by batches that record decisions.
extension ConsentStore {
    private static let insertCounter = """
        INSERT INTO decision_counter (partition) VALUES ($1) ON CONFLICT DO NOTHING
        """
    private static let lockCounter = "SELECT next, epoch FROM decision_counter WHERE partition = $1 FOR UPDATE"
    private static let saveCounter = "UPDATE decision_counter SET next = $2 WHERE partition = $1"

    func loadingNumbering(of partition: Int) -> [Statement] {
        let partition = [Parameter.int4(Int32(partition))]
        return [Statement(Self.insertCounter, partition), Statement(Self.lockCounter, partition)]
    }

    func numbering(of partition: Int, from rows: ArraySlice<Rows>) throws -> DecisionCounter {
        guard let row = rows.last?.first else { throw PartitionMissing() }
        return DecisionCounter(partition: partition, next: try row.int64(0), epoch: try row.int64(1))
    }

    func savingNumbering(_ counter: DecisionCounter) -> [Statement] {
        [Statement(Self.saveCounter, [.int4(Int32(counter.partition)), .int8(counter.next)])]
    }
}

/// Starts a new epoch after decisions may have been lost.
extension ConsentStore {
    private static let beginHistory = """
        INSERT INTO decision_counter (partition, epoch) SELECT number, $1 FROM partition
        ON CONFLICT (partition) DO UPDATE SET epoch = excluded.epoch
        """

    func beginHistory(_ epoch: Int64, partitions: Int, at now: Timestamp, on connection: Connection) async throws {
        _ = try await connection.run([Statement(Self.beginHistory, [.int8(epoch)])])
    }
}

/// The table holds a value that no version of this service has written.
private struct UnknownDecision: Outage {}
