import ConsentDomain
import Models
import PostgreSQL

/// Actions of workflows (C6).
extension ConsentStore {
    // A redriven fact can trigger a rule again after its inbox row is gone.
    private static let saveFirings = """
        INSERT INTO workflow_firing (id, contact, workflow, action, trigger_type, trigger_id, consent, state, fired_at,
            due_at)
        SELECT f.id, f.contact, f.workflow, f.action, f.trigger_type, f.trigger_id, f.consent, f.state, $9, $9
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::uuid[], $7::text[], $8::text[])
            AS f (id, contact, workflow, action, trigger_type, trigger_id, consent, state)
        ON CONFLICT DO NOTHING
        """

    /// No statement if no rule fired, as in most batches.
    func savingFirings(of changed: [(key: String, state: ConsentContact)], at now: Timestamp) -> [Statement] {
        let rows = changed.flatMap { key, state in state.unsaved.firings.map { (contact: key, firing: $0) } }
        guard !rows.isEmpty else { return [] }
        let firings = rows.map(\.firing)
        return [
            Statement(
                Self.saveFirings,
                [
                    .uuids(firings.map(\.id)), .texts(rows.map(\.contact)), .texts(firings.map(\.workflow)),
                    .int4s(firings.map { Int32($0.action) }), .texts(firings.map(\.trigger.type)),
                    .uuids(firings.map(\.trigger.id)), .texts(firings.map(\.trigger.consent)),
                    .texts(firings.map(\.kind.firstState)), .timestamp(now.microseconds),
                ])
        ]
    }
}

extension WorkflowRule.Action {
    fileprivate var firstState: String {
        switch self {
        case .mailContact, .mailOther: "mailed"
        case .publish: "waiting"
        }
    }
}
