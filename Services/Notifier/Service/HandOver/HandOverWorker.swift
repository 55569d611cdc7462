import FoundationEssentials
import Logging
import Messaging
import Models
import NotifierDomain
import ServiceKit

/// Between two looks for mails while there are none.
private let idlePause = Duration.milliseconds(300)
/// No mail is begun under a claim older than this: a slow mail server leaves the rest to others.
private let claimUse = Duration.seconds(20)

/// Claims mails, asks where they go and whether they may, writes them and hands them over, one at a time.
struct HandOverWorker: Sendable {
    let host: Host
    let queue: MailQueue
    let writer: MailWriter
    let transport: any MailTransport
    let reporter: OutcomeReporter
    let stop: StopFlag
    let thread: WorkerThread

    /// Works until `stop` is raised and what was begun is recorded.
    func run() async {
        while !stop.isRaised {
            let isIdle: Bool
            do {
                isIdle = try await !round()
            } catch {
                host.log.warning("mails wait", metadata: ["error": "\(error)"])
                isIdle = true
            }
            if isIdle { await stop.pause(idlePause) }
        }
        let transport = transport
        await thread.run { transport.close() }
        thread.stop()
    }

    /// Whether there was something to do.
    private func round() async throws -> Bool {
        let claim = Claim(id: newID())
        let mails = try await queue.claim(claim.id, for: host.instance.id)
        guard !mails.isEmpty else { return false }
        do {
            let campaigns = try await queue.campaigns(Set(mails.compactMap(\.kind.campaign)))
            let question = ClaimQuestion(mails, campaigns)
            if !question.later.isEmpty { await putBack(question.later, claim, pause: .zero) }
            let book = try await AddressBook(of: question.asked, fields: question.fields, from: host.asker)
            let ready = await address(question.asked, book, claim)
            if !ready.isEmpty { await handOver(ready, campaigns, claim) }
        } catch {
            // What was put back already is no longer the claim's.
            host.log.warning("a claim was put back", metadata: ["error": "\(error)", "count": "\(mails.count)"])
            await putBack(mails, claim, pause: RetrySchedule.pauseForSuite)
        }
        return true
    }

    /// A mail with where it goes.
    private struct Addressed: Sendable {
        let mail: ClaimedMail
        let address: EmailAddress
        let locale: String?
        let fields: [String: String]
    }

    private func address(_ mails: [ClaimedMail], _ book: AddressBook, _ claim: Claim) async -> [Addressed] {
        var ready: [Addressed] = []
        var ended: [Ended] = []
        var waiting: [ClaimedMail] = []
        for mail in mails {
            switch book.entry(mail.contact) {
            case .found(let email, let hash, let locale, let fields):
                if let address = EmailAddress(email) {
                    var mail = mail
                    mail.resolvedHash = hash
                    ready.append(Addressed(mail: mail, address: address, locale: locale, fields: fields))
                } else {
                    ended.append(Ended(mail, .failed, "invalid-address"))
                }
            case .erased: ended.append(Ended(mail, .failed, "erased"))
            case .unknown:
                if .now - mail.createdAt < RetrySchedule.patienceForContact {
                    waiting.append(mail)
                } else {
                    ended.append(Ended(mail, .failed, "unknown-contact"))
                }
            }
        }
        await reporter.end(ended, under: claim.id)
        if !waiting.isEmpty { await putBack(waiting, claim, pause: RetrySchedule.pauseForContact) }
        return ready
    }

    private func handOver(_ ready: [Addressed], _ campaigns: [String: CampaignText], _ claim: Claim) async {
        let gate = Gate(for: ready.map(\.mail), ask: Gate.asking(host.asker)) { [queue] mail in
            try await queue.note(mail, under: claim.id)
        }
        do {
            try await gate.open()
        } catch {
            host.log.warning("the gate does not answer", metadata: ["error": "\(error)", "count": "\(ready.count)"])
            await putBack(ready.map(\.mail), claim, pause: RetrySchedule.pauseForSuite)
            return
        }
        let refused = ready.compactMap { one in gate.refusal(of: one.mail.id).map { (one.mail, $0) } }
        await endRefused(refused, claim)
        let refusedIDs = Set(refused.map(\.0.id))
        let recorder = EndRecorder { [reporter] ended in await reporter.end(ended, under: claim.id) }
        for (index, one) in ready.enumerated() where !refusedIDs.contains(one.mail.id) {
            guard !stop.isRaised, claim.age < claimUse else {
                let rest = ready[index...].map(\.mail).filter { !refusedIDs.contains($0.id) }
                await putBack(rest, claim, pause: .zero)
                break
            }
            await handOver(one, campaigns, gate, index, recorder, claim)
        }
        await recorder.finish()
    }

    private func handOver(
        _ one: Addressed, _ campaigns: [String: CampaignText], _ gate: Gate, _ index: Int, _ recorder: EndRecorder,
        _ claim: Claim
    ) async {
        let content: MailMessage.Content?
        do {
            content = try await self.content(of: one, campaigns, isConfirmed: gate.isConfirmed(one.mail.id))
        } catch {
            await putBack([one.mail], claim, pause: RetrySchedule.pauseForSuite)
            return
        }
        guard let message = writer.write(one.mail, to: one.address, locale: one.locale, content: content, at: .now)
        else {
            await reporter.end([Ended(one.mail, .failed, "nothing-to-say")], under: claim.id)
            return
        }
        let transport = transport
        let id = one.mail.id
        let result = await thread.run { transport.handOver(message, id: id) { gate.mayEnd(index) } }
        if result == .accepted, one.mail.kind.campaign != nil {
            await recorder.add(Ended(one.mail, .sent, nil))
        } else {
            await settle(one.mail, result, gate.withheld, claim)
        }
    }

    /// What the mail says, of the suite's own mails nil.
    private func content(
        of one: Addressed, _ campaigns: [String: CampaignText], isConfirmed: Bool
    ) async throws -> MailMessage.Content? {
        switch one.mail.kind {
        case .doubleOptIn: nil
        case .campaign(let name, _): campaigns[name]?.filled(with: one.fields, isConfirmed: isConfirmed)
        case .autoresponder, .workflow, .adHoc, .reply: try await queue.letter(of: one.mail.id)
        }
    }

    private func settle(
        _ mail: ClaimedMail, _ result: HandOverResult, _ withheld: Gate.Withheld?, _ claim: Claim
    ) async {
        switch (result, withheld) {
        case (.accepted, _): await reporter.end([Ended(mail, .sent, nil)], under: claim.id)
        case (.permanent(let code), _): await reporter.end([Ended(mail, .failed, "smtp-\(code)")], under: claim.id)
        case (.withheld, .refused(let reason)?): await endRefused([(mail, reason)], claim)
        case (.withheld, .claimLost?): host.log.warning("a claim was lost", metadata: ["mail": "\(mail.id.text)"])
        case (.withheld, .unreachable?), (.withheld, nil):
            await putBack([mail], claim, pause: RetrySchedule.pauseForSuite)
        case (.unanswered, _):
            if mail.kind.campaign == nil {
                await tryAgain(mail, code: nil, claim)
            } else {
                await reporter.end([Ended(mail, .unknown, "unknown")], under: claim.id)
            }
        case (.temporary(let code), _):
            if stop.isRaised {
                await putBack([mail], claim, pause: .zero)
            } else {
                await tryAgain(mail, code: code, claim)
            }
        }
    }

    /// The gate said no. Opt-in may just be behind the vault, or behind the contact's own message: then a little later.
    private func endRefused(_ refused: [(mail: ClaimedMail, reason: String)], _ claim: Claim) async {
        var ended: [Ended] = []
        for (mail, reason) in refused {
            switch RetrySchedule.patience(with: reason) {
            case let patience where .now - mail.createdAt < patience:
                await putBack([mail], claim, pause: RetrySchedule.pauseForGate)
            default: ended.append(Ended(mail, reason == GateAnswer.notYet ? .failed : .suppressed, reason))
            }
        }
        await reporter.end(ended, under: claim.id)
    }

    private func tryAgain(_ mail: ClaimedMail, code: Int?, _ claim: Claim) async {
        let pause = RetrySchedule.delay(afterAttempts: mail.attempts, created: mail.createdAt, now: .now)
        guard let pause else {
            await reporter.end([Ended(mail, .failed, code.map { "smtp-\($0)" } ?? "unreachable")], under: claim.id)
            return
        }
        host.log.info(
            "the mail server did not take a mail",
            metadata: ["mail": "\(mail.id.text)", "code": "\(code ?? 0)", "attempt": "\(mail.attempts)"])
        await postpone([.init(mail: mail.id, pause: pause, counts: true)], claim)
    }

    /// Not the mail server's doing, so no attempt.
    private func putBack(_ mails: [ClaimedMail], _ claim: Claim, pause: Duration) async {
        await postpone(mails.map { .init(mail: $0.id, pause: pause, counts: false) }, claim)
    }

    private func postpone(_ mails: [MailQueue.Postponement], _ claim: Claim) async {
        do {
            try await queue.postpone(mails, under: claim.id)
        } catch {
            // The claim runs out by itself.
            host.log.warning("mails were not put back", metadata: ["error": "\(error)", "count": "\(mails.count)"])
        }
    }
}

/// One claim on mails.
private struct Claim: Sendable {
    let id: UUID
    private let begin = ContinuousClock.now

    init(id: UUID) { self.id = id }

    var age: Duration { .now - begin }
}
