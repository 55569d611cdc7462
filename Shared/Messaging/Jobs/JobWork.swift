public import FoundationEssentials
public import Models

/// A request that changes many contacts, as its row says.
public struct Job: Sendable {
    /// Names it.
    public let id: UUID
    /// The request's type.
    public let type: String
    /// The request's subject.
    public let subject: String
    let text: String
    /// The user in whose name it was asked.
    public let user: UserID?
    /// How far the selection of contacts has come; nil at the beginning.
    public let cursor: String?
    /// Every contact is selected.
    public let isSelected: Bool
    /// When it was asked for.
    public let createdAt: Timestamp
    /// So long ago that its contacts should be selected by now.
    let isOverdue: Bool

    /// What is to be done: what the handler handed to `Effect.job`. Read each time: it may name 10,000 contacts.
    public var data: JSON { get throws { try JSON(parsing: Array(text.utf8)) } }
}

/// How far a step brought a job.
public enum JobStep: Sendable {
    /// There is more to do at once.
    case goesOn
    /// Nothing to do before others have answered.
    case waits
    /// Done: the reply's result.
    case done(JSON)
    /// It cannot be done.
    case refused(Refusal)
}

/// What a service does for one type of job, step by step. A step may be done twice, by one instance after another, so
/// that whatever it does must be the same the second time.
public protocol JobWork: Sendable {
    /// Takes a job further, by a piece of work that takes some tens of milliseconds. What is thrown is tried again.
    func step(_ job: Job, _ table: JobTable) async throws -> JobStep
}

/// Contacts that a job selected, a page at a time.
public struct JobPage: Sendable {
    /// One contact, with what is its own.
    public struct Item: Sendable {
        /// The contact.
        public let contact: String
        /// Such as the status that an import brings.
        public let detail: String?

        /// One contact.
        public init(contact: String, detail: String? = nil) {
            self.contact = contact
            self.detail = detail
        }
    }

    /// The contacts.
    public let items: [Item]
    /// Where the next page begins; nil: this was the last.
    public let next: String?

    /// A page.
    public init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }
}

/// A job that is one message a contact, riding in the contact's partition behind all that was published before.
public protocol ContactJobWork: JobWork {
    /// The type of the messages, on the exchange `internal`.
    static var itemType: String { get }
    /// The next page of contacts.
    func select(_ job: Job) async throws -> JobPage
    /// The data of one contact's message; its handler returns `Effect.itemDone` for the same job and number.
    func message(_ job: Job, number: Int, _ item: JobPage.Item) -> JSON
    /// Outcomes whose contacts the reply only counts.
    static var counted: Set<String> { get }
    /// The reply, from what became of the contacts.
    func result(_ outcomes: JobOutcomes) -> JSON
}

/// What became of a job's contacts.
public struct JobOutcomes: Sendable {
    /// Contacts by outcome, how many.
    public let counts: [String: Int]
    /// The contacts of outcomes that are not only counted, in their order: as many as fit a reply.
    public let contacts: [String: [String]]
}

/// Messages of one job on their way: few enough that nobody's opt-out waits behind them, about a hundred a partition.
private let window = 800
/// An item that has no outcome by then is sent again: its message may have been lost with the broker's disk. One that
/// was refused has an outcome too, so that a job ends when the last of its contacts was decided on, and not before.
let itemPatienceSeconds = 600

extension ContactJobWork {
    /// Selects, then sends in windows, then answers.
    public func step(_ job: Job, _ table: JobTable) async throws -> JobStep {
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
