import Models
import OptInDomain
import PostgreSQL

/// Changes read: the last one, and those back to the form before a confirmation. From a form's status only a user's
/// opt-in comes in between; any other change shows that the form was not what was confirmed.
private let changesRead = 3

extension OptInReads {
    /// One statement, so that the status and its change belong together. Another contact's opt-out of the address
    /// counts before this contact's partition has applied it (O7); its time is not known here then.
    static let emailChoices = """
        SELECT c.status, CASE WHEN c.is_created OR c.change_count > 0 THEN c.since END, c.lists,
            coalesce(a.opt_out_count > c.opt_out_seen, false),
            EXISTS (
                SELECT FROM confirmation AS n
                WHERE n.contact = c.contact AND n.state = 'pending' AND n.expires_at > $2),
            last.at, last.reason, last.shown_text, last.form, last.to_status
        FROM contact AS c
        LEFT JOIN address AS a ON a.hash = c.address_hash AND a.is_spreading
        LEFT JOIN LATERAL (
            SELECT number, at, reason, shown_text, form, to_status FROM status_change
            WHERE contact = c.contact ORDER BY number DESC LIMIT \(changesRead)) AS last ON true
        WHERE c.contact = $1 ORDER BY last.number DESC
        """

    /// What the contact's page shows of e-mail (P1).
    func emailChoices(of contact: String, at now: Timestamp) async throws -> EmailChoices {
        let rows = try await pool.run([
            Statement(Self.emailChoices, [.text(contact), .timestamp(now.microseconds)])
        ])[0]
        guard let row = rows.first else { return EmailChoices(status: OptInStatus.none.rawValue) }
        let status = try OptInStatus(stored: row.text(0))
        let lists = try row.textArray(2)
        let isOvertaken = try row.bool(3)
        if isOvertaken, status != .optOutContact {
            return EmailChoices(
                status: OptInStatus.optOutContact.rawValue, reason: Change.Reason.addressOptedOut.rawValue, lists: lists
            )
        }
        let changes = try rows.compactMap { row in
            try row.optionalTimestampMicroseconds(5).map { at in
                PastChange(
                    at: Timestamp(microseconds: at), reason: try row.text(6), text: try row.optionalText(7),
                    form: try row.optionalText(8), to: try OptInStatus(stored: row.text(9)))
            }
        }
        return EmailChoices(
            status: status.rawValue,
            since: try row.optionalTimestampMicroseconds(1).map(Timestamp.init(microseconds:)),
            reason: changes.first?.reason, text: changes.first?.text, form: changes.confirmedForm, lists: lists,
            isConfirmationPending: try row.bool(4) && !isOvertaken)
    }
}

/// A change as the history keeps it.
private struct PastChange {
    let at: Timestamp
    let reason: String
    let text: String?
    let form: String?
    let to: OptInStatus
}

extension [PastChange] {
    /// The web form that the last change confirmed; `self` begins with the newest change.
    fileprivate var confirmedForm: EmailChoices.Form? {
        guard first?.reason == Change.Reason.confirmed.rawValue,
            let form = dropFirst().first(where: { $0.to != .singleOptInUser }),
            form.reason == Change.Reason.webForm.rawValue
        else { return nil }
        return EmailChoices.Form(at: form.at, name: form.form, text: form.text)
    }
}
