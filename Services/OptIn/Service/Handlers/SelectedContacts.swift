import Messaging
import Models

/// Contacts that a request names itself: in the job's data as pairs of id and detail.
enum SelectedContacts {
    /// Contacts that one request may name.
    static let limit = 10_000
    /// Contacts in one page.
    static let pageSize = 2000
    /// An answer to a question for contacts takes this long at most; a failed one is asked again.
    static let answerLimit = Duration.seconds(10)

    /// The next page; the cursor is the place it begins at.
    static func page(_ job: Job) throws -> JobPage {
        let pairs = try job.data["contacts"]?.elements ?? []
        let start = job.cursor.flatMap { Int($0) } ?? 0
        let end = min(pairs.count, start + pageSize)
        let items = pairs[start..<end].compactMap { pair -> JobPage.Item? in
            guard let parts = pair.elements, parts.count == 2, let contact = parts[0].text else { return nil }
            return JobPage.Item(contact: contact, detail: parts[1].text)
        }
        return JobPage(items: items, next: end < pairs.count ? String(end) : nil)
    }

    /// The member `refused` of a reply: contacts by reason.
    static func refused(_ outcomes: JobOutcomes) -> JSON {
        .object(
            outcomes.contacts.sorted { $0.key < $1.key }.map { reason, contacts in
                JSON.Member(reason, .array(contacts.map { .string($0) }))
            })
    }
}
