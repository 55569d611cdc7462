import FoundationEssentials
import Messaging
import Models
import NotifierDomain
import Synchronization

/// Timeout of a question to the gate; a lease is much shorter, so after a slow answer the question is repeated.
private let answerLimit = Duration.seconds(3)
/// Maximum consecutive questions whose answer came too late.
private let attemptLimit = 5
/// Maximum age of a note in the database; much shorter than the time after which a claim can be lost.
private let noteLife = Duration.seconds(5)

/// The send permissions of one claim's mails (N2). A permission is a lease of one second from before the question was
/// sent, measured by a clock that includes suspension (X3).
final class Gate: Sendable {
    /// The reason why a mail was withheld.
    enum Withheld: Sendable, Equatable {
        /// The gate refused it.
        case refused(String)
        /// The claim was lost: another worker has the mail.
        case claimLost
        /// The gate or the database could not be reached.
        case unreachable
        /// It carries tracking, which is not allowed any more (C2).
        case trackingEnded
    }

    private struct State {
        var leaseEnd: ContinuousClock.Instant?
        var allowed: Set<UUID> = []
        var refused: [UUID: String] = [:]
        var confirmed: Set<UUID> = []
        var trackable: Set<ContactID> = []
        var withheld: Withheld?
    }

    /// Asks a service about the mails for which it is the gate.
    typealias Ask = @Sendable (SuiteService, GateQuestion) async throws -> GateAnswer

    private let ask: Ask
    private let tracking: TrackingGate?
    private let note: @Sendable (ClaimedMail) -> Withheld?
    private let mails: [ClaimedMail]
    private let state = Mutex(State())

    /// A gate for these mails; `note` notes a hand-over in the database and may block; it returns the reason if it
    /// cannot. `tracking` is nil where no mail is tracked.
    init(
        for mails: [ClaimedMail], tracking: TrackingGate? = nil, ask: @escaping Ask,
        note: @escaping @Sendable (ClaimedMail) -> Withheld?
    ) {
        self.mails = mails
        self.tracking = tracking
        self.ask = ask
        self.note = note
    }

    /// Asks by message.
    static func asking(_ asker: Asker) -> Ask {
        { service, question in
            let data = try await asker.ask(
                GateQuestion.type(asking: service), subject: "mails", question.json, timeout: answerLimit)
            return try GateAnswer(reading: try Reader(data, at: "/data"))
        }
    }

    /// Asks for all of the claim's mails from `first` on.
    func open(from first: Int = 0) async throws {
        let asked = mails[first...]
        let services = Set(asked.flatMap(\.kind.rule.gates))
        // The lease starts before the question is sent, so that any delay until the answer is read shortens it.
        let end = ContinuousClock.now + Lease.duration
        async let trackable = tracking?.allowed(asked.filter(\.isTrackable).map(\.contact)) ?? []
        let answers = try await withThrowingTaskGroup(of: GateAnswer.self) { group in
            for service in services {
                let mails = asked.filter { $0.kind.rule.gates.contains(service) }
                group.addTask { try await self.ask(service, GateQuestion(mails.map { $0.question(to: service) })) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let tracked = await trackable
        state.withLock { state in
            state.leaseEnd = end
            state.trackable = tracked
            state.refused = answers.reduce(into: [:]) { $0.merge($1.refused) { one, _ in one } }
            state.allowed = Set(asked.map(\.id)).subtracting(state.refused.keys)
            state.confirmed = answers.reduce(into: []) { $0.formUnion($1.confirmed) }
        }
    }

    /// The gate's last reason to refuse a mail; nil if it did not.
    func refusal(of mail: UUID) -> String? { state.withLock { $0.refused[mail] } }

    /// Whether the contact has confirmed the address, so that a name may be used (N1).
    func isConfirmed(_ mail: UUID) -> Bool { state.withLock { $0.confirmed.contains(mail) } }

    /// Whether a mail may carry a pixel and tracked links by the last answer (C2).
    func mayTrack(_ mail: ClaimedMail) -> Bool {
        state.withLock { $0.trackable.contains(mail.contact) }
    }

    /// Why the last mail was withheld.
    var withheld: Withheld? { state.withLock { $0.withheld } }

    /// Whether the end of the mail's data may be sent now. Blocks the calling thread, which must be a worker's: notes
    /// the hand-over (N3), asks again if the lease has expired, and checks the clock last. `isTracked`: the mail
    /// carries tracking, so that a withdrawal of that consent withholds it too (C2, X3).
    func mayEnd(_ index: Int, isTracked: Bool = false) -> Bool {
        let mail = mails[index]
        state.withLock { $0.withheld = nil }
        var notedAt: ContinuousClock.Instant?
        for _ in 0..<attemptLimit {
            if notedAt.map({ .now - $0 > noteLife }) ?? true {
                let begin = ContinuousClock.now
                if let reason = note(mail) { return withhold(reason) }
                notedAt = begin
            }
            if let refusal = refusal(of: mail.id) { return withhold(.refused(refusal)) }
            if isTracked, !mayTrack(mail) { return withhold(.trackingEnded) }
            if isAllowed(mail.id), notedAt.map({ .now - $0 <= noteLife }) ?? false, isLeased() { return true }
            guard waitOnThisThread(for: { await self.reopened(from: index) }) else {
                return withhold(.unreachable)
            }
        }
        return withhold(.unreachable)
    }

    private func isAllowed(_ mail: UUID) -> Bool { state.withLock { $0.allowed.contains(mail) } }

    private func isLeased() -> Bool { state.withLock { $0.leaseEnd }.map { ContinuousClock.now < $0 } ?? false }

    private func withhold(_ reason: Withheld) -> Bool {
        state.withLock { $0.withheld = reason }
        return false
    }

    private func reopened(from index: Int) async -> Bool {
        do {
            try await open(from: index)
            return true
        } catch {
            return false
        }
    }
}

extension ClaimedMail {
    /// The question about this mail: consent knows the firing of a workflow's mail, opt-in its category.
    fileprivate func question(to service: SuiteService) -> GateQuestion.Mail {
        let category: GateQuestion.Category =
            switch kind {
            case .doubleOptIn(let confirmation): .doubleOptIn(confirmation: confirmation)
            case .request(let mail, let row, _): .request(mail, row: row)
            case .campaign(_, let list): .campaign(list: list)
            case .autoresponder: .autoresponder
            case .workflow: .workflow
            case .firing: service == .consent ? .firing : .workflow
            case .adHoc, .notice: .adHoc
            case .reply: .reply(inReplyTo: inReplyTo ?? "")
            }
        return GateQuestion.Mail(mail: id, contact: contact, category: category, addressHash: resolvedHash)
    }
}
