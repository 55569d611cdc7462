import ConsentDomain
import Models
import PostgreSQL

/// Reads the decisions of many contacts at once.
struct DecisionReads: Sendable {
    /// Looks contacts up by their ids, which are few; the index of a consent would find too many.
    private static let allowed = """
        SELECT id FROM contact
        WHERE id = ANY ($1::text[]) AND is_known AND processing = 'active'
            AND ($2 = ANY (granted) OR $3 AND NOT $2 = ANY (revoked))
        """
    /// A grant ends at its end, even if the sweep has not come to it yet (C7).
    private static let unended = """
        AND NOT EXISTS (
            SELECT FROM current_decision AS d WHERE d.contact = contact.id AND d.consent = $2
                AND d.decided_at <= now() - $4::bigint * interval '1 microsecond')
        """

    let pool: Pool

    /// The contacts that allow the use now, the default applied; an unknown contact allows nothing.
    func allowed(_ consent: DeclaredConsent, by contacts: [ContactID]) async throws -> Set<String> {
        let parameters: [Parameter] = [
            .texts(contacts.map(\.text)), .text(consent.name), .bool(consent.isGrantedByDefault),
        ]
        let statement =
            if let expiry = consent.expiry {
                Statement("\(Self.allowed) \(Self.unended)", parameters + [.int8(expiry.validFor.microseconds)])
            } else {
                Statement(Self.allowed, parameters)
            }
        let rows = try await pool.run([statement])[0]
        return Set(try rows.map { try $0.text(0) })
    }

    /// The result of `consent.report`: counts the decisions of the contacts that meet a condition.
    func report(on consents: [DeclaredConsent], where condition: Condition) async throws -> JSON {
        var sql = ConditionSQL(following: consents.map { .text($0.name) })
        let text = sql.text(of: condition)
        let counts = consents.indices.map { place in
            """
            , count(*) FILTER (WHERE $\(place + 1) = ANY (granted)),
                count(*) FILTER (WHERE $\(place + 1) = ANY (revoked))
            """
        }
        let rows = try await pool.run([
            Statement(
                varying: "SELECT count(*)\(counts.joined()) FROM contact WHERE is_known AND \(text)", sql.parameters)
        ])[0]
        guard let row = rows.first else { return [:] }
        let all = try row.int64(0)
        var reports: [JSON] = []
        for (place, consent) in consents.enumerated() {
            let granted = try row.int64(1 + 2 * place)
            let revoked = try row.int64(2 + 2 * place)
            reports.append([
                "consent": .string(consent.name), "granted": .number("\(granted)"), "revoked": .number("\(revoked)"),
                "none": .number("\(all - granted - revoked)"),
            ])
        }
        return ["contacts": .number("\(all)"), "consents": .array(reports)]
    }
}
