import ConsentDomain
import FoundationEssentials
import Messaging
import Models
import PostgreSQL

/// What the suite did about decisions because their grant runs out (C7).
extension ConsentStore {
    /// A decision that was made meanwhile has another number, and is left alone.
    private static let save = """
        UPDATE current_decision AS d SET follow_up = f.follow_up, renewal_mail = f.renewal_mail
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::uuid[])
            AS f (contact, consent, number, follow_up, renewal_mail)
        WHERE d.contact = f.contact AND d.consent = f.consent AND d.number = f.number
        """

    /// No statement if there are none, as in most batches.
    func savingFollowUps(of changed: [(key: String, state: ConsentContact)]) -> [Statement] {
        let rows = changed.flatMap { key, state in
            state.unsaved.followUps.sorted().compactMap { consent in
                state.decisions[consent].map { (contact: key, consent: consent, decision: $0) }
            }
        }
        guard !rows.isEmpty else { return [] }
        return [
            Statement(
                Self.save,
                [
                    .texts(rows.map(\.contact)), .texts(rows.map(\.consent)), .int8s(rows.map(\.decision.index.number)),
                    .texts(rows.map { $0.decision.followUp?.word }), .uuids(rows.map { $0.decision.followUp?.mail }),
                ])
        ]
    }
}

extension FollowUp {
    /// Reads the columns `follow_up` and `renewal_mail`, beginning with column `first`.
    init?(_ row: Row, from first: Int) throws {
        switch (try row.optionalText(first), try row.optionalUUID(first + 1)) {
        case (nil, _): return nil
        case ("asked", let mail?): self = .asked(mail)
        case ("cleared", _): self = .cleared
        default: self = .unasked
        }
    }

    fileprivate var word: String {
        switch self {
        case .asked: "asked"
        case .unasked: "unasked"
        case .cleared: "cleared"
        }
    }

    fileprivate var mail: UUID? {
        guard case .asked(let mail) = self else { return nil }
        return mail
    }
}
