import Messaging
import Models

/// The contacts that a request lists itself, stored in the job's data as pairs of id and detail.
enum SelectedContacts {
    /// Maximum contacts in one request.
    static let limit = 10_000
    /// Contacts in one page.
    static let pageSize = 2000
    /// Timeout of a question for contacts; a failed one is retried.
    static let answerLimit = Duration.seconds(8)

    /// The next page; the cursor is the index of its first contact.
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
