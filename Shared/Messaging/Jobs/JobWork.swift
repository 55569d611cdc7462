package import FoundationEssentials
package import Models

/// A request that changes many contacts, as stored in the table `job`.
package struct Job: Sendable {
    package let id: UUID
    package let type: String
    package let subject: String
    let text: String
    /// The user who sent the request; nil if it had no valid token.
    package let user: UserID?
    /// The position of the selection of contacts; nil at the beginning.
    package let cursor: String?
    /// Whether all contacts are selected.
    package let isSelected: Bool
    /// The time of the request.
    package let createdAt: Timestamp
    /// Whether the time limit for selecting the contacts is over.
    let isOverdue: Bool

    /// The parameters that the handler passed to `Effect.job`. Parsed at each access, because they may name 10,000
    /// contacts.
    package var data: JSON { get throws { try JSON(parsing: Array(text.utf8)) } }
}

/// The result of a job's step.
package enum JobStep: Sendable {
    /// The next step may run at once.
    case goesOn
    /// The next step waits for the outcomes of other messages.
    case waits
    /// The job is done, with this result as the reply.
    case done(JSON)
    /// The job cannot be carried out.
    case refused(Refusal)
}

/// The work of a service for one type of job, in steps. A step may run twice, on different instances, so it must be
/// idempotent.
package protocol JobWork: Sendable {
    /// Runs one step, which should take some tens of milliseconds. A step that throws is retried.
    func step(_ job: Job, _ table: JobTable) async throws -> JobStep
}

/// A page of the contacts that a job selected.
package struct JobPage: Sendable {
    /// A contact of a job, with its own parameter.
    package struct Item: Sendable {
        package let contact: String
        /// A parameter of this contact, such as the status that an import sets.
        package let detail: String?

        package init(contact: String, detail: String? = nil) {
            self.contact = contact
            self.detail = detail
        }
    }

    /// The contacts of this page.
    package let items: [Item]
    /// The position of the next page; nil if this is the last one.
    package let next: String?

    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }
}

/// A job that sends one message per contact. The message goes to the contact's partition, after all messages that were
/// published before.
package protocol ContactJobWork: JobWork {
    /// The type of the messages, on the exchange `internal`.
    static var itemType: String { get }
    /// Selects the next page of contacts.
    func select(_ job: Job) async throws -> JobPage
    /// Returns the data of one contact's message. Its handler returns `Effect.itemDone` with the same job and number.
    func message(_ job: Job, number: Int, _ item: JobPage.Item) -> JSON
    /// The outcomes that the reply only counts; contacts of other outcomes are listed.
    static var counted: Set<String> { get }
    /// Returns the reply for these outcomes.
    func result(_ outcomes: JobOutcomes) -> JSON
}

/// The outcomes of a job's contacts.
package struct JobOutcomes: Sendable {
    /// The number of contacts by outcome.
    package let counts: [String: Int]
    /// The contacts by outcome, for outcomes that are not only counted, in order: as many as fit a reply.
    package let contacts: [String: [String]]
}

/// Unanswered messages of one job at most. With about a hundred in each partition, an opt-out does not wait long behind
/// them.
private let window = 800
/// Seconds after which an item without an outcome is sent again. The broker may have lost its message with its disk. A
/// refused message has an outcome too, so a job ends exactly when its last contact is decided.
let itemPatienceSeconds = 600

extension ContactJobWork {
    /// Selects the contacts, then sends their messages in windows, then returns the reply.
    package func step(_ job: Job, _ table: JobTable) async throws -> JobStep {
        guard job.isSelected else {
            let page: JobPage
            do {
                page = try await select(job)
            } catch AskError.refused(let refusal) where refusal.code != .unavailable {
                return .refused(refusal)
            }
            try await table.add(page, to: job)
            return .goesOn
        }
        let state = try await table.items(of: job, window: window)
        if !state.unsent.isEmpty {
            let messages = state.unsent.map { number, item in
                (number: number, contact: item.contact, data: message(job, number: number, item))
            }
            try await table.send(messages, type: Self.itemType, of: job)
            return .goesOn
        }
        if state.isUnderWay {
            try await table.sendLostAgain(of: job)
            return .waits
        }
        return .done(result(try await table.outcomes(of: job, counting: Self.counted)))
    }
}
