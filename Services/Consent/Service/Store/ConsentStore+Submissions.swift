import ConsentDomain
import Messaging
import Models
import PostgreSQL

/// Changes that contacts asked for on the page (P6).
extension ConsentStore {
    private static let loadSubmissions = """
        SELECT contact, id, kind, created_at, expires_at, wanted, state, handed_at, wrong_codes, mails, mailed_at,
            request
        FROM submission
        WHERE contact = ANY ($1::text[]) AND (state = 'pending' OR mailed_at > now() - interval '1 day')
        ORDER BY created_at, id
        """
    private static let saveSubmissions = """
        INSERT INTO submission (contact, id, kind, created_at, expires_at, wanted, state, handed_at, wrong_codes, mails,
            mailed_at, request)
        SELECT s.contact, s.id, s.kind, s.created_at, s.expires_at, s.wanted::json, s.state, s.handed_at, s.wrong_codes,
            s.mails, s.mailed_at, s.request::json
        FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
            $8::timestamptz[], $9::integer[], $10::integer[], $11::timestamptz[], $12::text[])
            AS s (contact, id, kind, created_at, expires_at, wanted, state, handed_at, wrong_codes, mails, mailed_at,
                request)
        ON CONFLICT (id) DO UPDATE SET wanted = excluded.wanted, state = excluded.state,
            handed_at = excluded.handed_at, wrong_codes = excluded.wrong_codes, mails = excluded.mails,
            mailed_at = excluded.mailed_at, request = excluded.request
        """

    func loadingSubmissions(of keys: [String]) -> Statement { Statement(Self.loadSubmissions, [.texts(keys)]) }

    func submissions(from rows: Rows) throws -> [String: [Submission]] {
        var submissions: [String: [Submission]] = [:]
        for row in rows { submissions[try row.text(0), default: []].append(try Submission(row, from: 1)) }
        return submissions
    }

    /// No statement if nothing was asked for or confirmed, as in most batches.
    func savingSubmissions(of changed: [(key: String, state: ConsentContact)]) -> [Statement] {
        let rows = changed.flatMap { key, state in state.changedSubmissions.map { (contact: key, submission: $0) } }
        guard !rows.isEmpty else { return [] }
        let submissions = rows.map(\.submission)
        return [
            Statement(
                Self.saveSubmissions,
                [
                    .texts(rows.map(\.contact)), .uuids(submissions.map(\.id)),
                    .texts(submissions.map(\.kind.rawValue)), .timestamps(submissions.map(\.createdAt.microseconds)),
                    .timestamps(submissions.map(\.expiresAt.microseconds)),
                    .texts(submissions.map { JSON.array($0.wanted.map(\.json)).serialized }),
                    .texts(submissions.map(\.state.rawValue)),
                    .timestamps(submissions.map { $0.handedAt?.microseconds }),
                    .int4s(submissions.map { Int32($0.wrongCodes) }), .int4s(submissions.map { Int32($0.mails) }),
                    .timestamps(submissions.map(\.mailedAt.microseconds)),
                    .texts(submissions.map { $0.request?.json.serialized }),
                ])
        ]
    }
}

extension Submission {
    /// Reads the columns `id`, `kind`, `created_at`, `expires_at`, `wanted`, `state`, `handed_at`, `wrong_codes`,
    /// `mails`, `mailed_at`, `request`, beginning with column `first`.
    init(_ row: Row, from first: Int) throws {
        let wanted = try Reader(["wanted": try JSON(parsing: Array(try row.text(first + 4).utf8))], at: "")
        self.init(
            id: try row.uuid(first), kind: try row.choice(first + 1),
            createdAt: Timestamp(microseconds: try row.timestampMicroseconds(first + 2)),
            expiresAt: Timestamp(microseconds: try row.timestampMicroseconds(first + 3)),
            wanted: try wanted.wanted("wanted"), state: try row.choice(first + 5), handedAt: try row.time(first + 6),
            wrongCodes: Int(try row.int64(first + 7)), mails: Int(try row.int64(first + 8)),
            mailedAt: Timestamp(microseconds: try row.timestampMicroseconds(first + 9)),
            request: try row.optionalText(first + 10).map { text throws in
                try KeptRequest(reading: try Reader(try JSON(parsing: Array(text.utf8)), at: ""))
            })
    }
}
