import FoundationEssentials
import Logging
import Messaging
import Models
import NotifierDomain
import ServiceKit

/// Pause when no mail is due.
private let idlePause = Duration.milliseconds(300)
/// Maximum age of a claim under which a mail is begun: with a slow mail server, the rest is left to other workers.
private let claimUse = Duration.seconds(20)
/// If the mail server accepts a whole claim in this time, the next claim is larger.
private let quickClaim = Duration.milliseconds(500)

/// Claims mails, resolves their addresses, asks the gate, writes the mails and hands them over one at a time.
struct HandOverWorker: Sendable {
    let host: Host
    let queue: MailQueue
    let addresses: CampaignAddresses
    let tracking: TrackingGate?
    let writer: MailWriter
    let transport: any MailTransport
    let recorder: HandOverRecorder
    let stop: StopFlag
    let thread: WorkerThread

    /// Works until `stop` is raised.
    func run() async {
        var count = MailQueue.usualClaim
        while !stop.isRaised {
            let begun = ContinuousClock.now
            let isIdle: Bool
            do {
                isIdle = recorder.isBehind ? true : try await !round(atMost: count, until: begun + claimUse)
            } catch {
                host.log.warning(
                    "claiming mails failed; trying again in 300 ms", metadata: ["error": "\(error)"])
                isIdle = true
            }
            count = .now - begun < quickClaim ? MailQueue.largeClaim : MailQueue.usualClaim
            if isIdle { await stop.pause(idlePause) }
        }
        let transport = transport
        await thread.run { transport.close() }
        thread.stop()
    }

    /// Claims and hands over mails once; returns whether there were any.
    private func round(atMost count: Int, until end: ContinuousClock.Instant) async throws -> Bool {
        var rest = try await queue.claim(atMost: count, for: host.instance.id)
        guard !rest.isEmpty else { return false }
        do {
            let campaigns = try await queue.campaigns(Set(rest.compactMap(\.kind.campaign)))
            let hasText = { (mail: ClaimedMail) in mail.kind.campaign.map { campaigns[$0] != nil } ?? true }
            recorder.putBack(rest.filter { !hasText($0) }, for: .zero)
            rest = rest.filter(hasText)
            while !rest.isEmpty, !stop.isRaised, .now < end {
                let question = ClaimQuestion(rest, campaigns, workflowFields: writer.workflows.fields)
                let book = try await AddressBook(of: question.asked, fields: question.fields, from: host.asker)
                rest = question.later
                let ready = address(question.asked, book)
                if !ready.isEmpty { await handOver(ready, campaigns, until: end) }
            }
            recorder.putBack(rest, for: .zero)
        } catch {
            host.log.warning(
                "fetching campaign texts or mail addresses failed; trying these mails again in 2 s",
                metadata: ["error": "\(error)", "count": "\(rest.count)"])
            recorder.putBack(rest, for: RetrySchedule.pauseForSuite)
        }
        return true
    }

    /// A mail with its address.
    private struct Addressed: Sendable {
        let mail: ClaimedMail
        let address: EmailAddress
        let locale: String?
        let fields: [String: String]
    }

    private func address(_ mails: [ClaimedMail], _ book: AddressBook) -> [Addressed] {
        var ready: [Addressed] = []
        for mail in mails {
            switch book.entry(mail.contact) {
            case .found(let email, let hash, let locale, var fields):
                if let workflow = mail.kind.firing, writer.workflows.action(of: workflow) == nil {
                    recorder.end(mail, MailOutcome(.suppressed, "superseded"))
                } else if let address = EmailAddress(email) {
                    var mail = mail
                    mail.resolvedHash = hash
                    if mail.kind.firing != nil { fields["email"] = email }
                    let other = mail.kind.firing.flatMap { writer.workflows.action(of: $0)?.other }
                    ready.append(
                        Addressed(mail: mail, address: other ?? address, locale: locale, fields: fields))
                } else {
                    recorder.end(mail, MailOutcome(.failed, "invalid-address"))
                }
            case .erased: recorder.end(mail, MailOutcome(.failed, "erased"))
            case .unknown:
                let age = mail.age
                if age < RetrySchedule.patienceForContact {
                    recorder.putBack([mail], for: RetrySchedule.pauseForContact(age: age))
                } else {
                    recorder.end(mail, MailOutcome(.failed, "unknown-contact"))
                }
            }
        }
        return ready
    }

    private func handOver(
        _ ready: [Addressed], _ campaigns: [String: CampaignText], until end: ContinuousClock.Instant
    ) async {
        let mails = ready.map { one in
            var mail = one.mail
            mail.isTrackable = mail.kind.campaign.flatMap { campaigns[$0] }?.hasHTML ?? false
            return mail
        }
        let gate = Gate(for: mails, tracking: tracking, ask: Gate.asking(host.asker), note: recorder.note)
        let taken: [UUID: CampaignAddresses.Use]
        do {
            try await gate.open()
            taken = try await addresses.take(for: ready.map(\.mail).filter { gate.refusal(of: $0.id) == nil })
        } catch {
            host.log.warning(
                "checking whether mails may be sent failed; trying these mails again in 2 s",
                metadata: ["error": "\(error)", "count": "\(ready.count)"])
            recorder.putBack(ready.map(\.mail), for: RetrySchedule.pauseForSuite)
            return
        }
        await thread.run {
            // First settles the mails that are not sent; they need not wait for the mail server.
            let open = ready.enumerated().filter { _, one in
                if let reason = gate.refusal(of: one.mail.id) {
                    settleRefused(one.mail, reason)
                } else if let use = taken[one.mail.id] {
                    settleTaken(one.mail, use)
                } else {
                    return true
                }
                return false
            }
            for (index, one) in open {
                if stop.isRaised || .now >= end {
                    recorder.putBack([one.mail], for: .zero)
                } else {
                    handOver(one, campaigns, gate, index)
                }
            }
        }
    }

    /// Hands one mail over. Blocks the worker's thread.
    private func handOver(_ one: Addressed, _ campaigns: [String: CampaignText], _ gate: Gate, _ index: Int) {
        let content: MailMessage.Content?
        do {
            content = try self.content(of: one, campaigns, isConfirmed: gate.isConfirmed(one.mail.id))
        } catch {
            host.log.warning(
                "reading a mail's text failed; it is tried again in 2 s", metadata: ["error": "\(error)"])
            recorder.putBack([one.mail], for: RetrySchedule.pauseForSuite)
            return
        }
        let isTracked = one.mail.kind.campaign != nil && gate.mayTrack(one.mail)
        guard
            let message = writer.write(
                one.mail, to: one.address, locale: one.locale, content: content, isTracked: isTracked, at: .now)
        else {
            recorder.end(one.mail, MailOutcome(.failed, "nothing-to-say"))
            return
        }
        let result = transport.handOver(message, id: one.mail.id) { gate.mayEnd(index, isTracked: isTracked) }
        settle(one.mail, result, gate.withheld)
    }

    /// The mail's content; nil for mails whose text the suite writes.
    private func content(
        of one: Addressed, _ campaigns: [String: CampaignText], isConfirmed: Bool
    ) throws -> MailMessage.Content? {
        guard one.mail.kind.rule.template == nil else { return nil }
        if let mail = one.mail.kind.firing {
            return writer.workflows.content(
                of: mail, with: one.fields, locale: one.locale, isConfirmed: isConfirmed)
        }
        if let name = one.mail.kind.campaign {
            return campaigns[name]?.filled(with: one.fields, isConfirmed: isConfirmed)
        }
        let text = waitOnThisThread { () -> Result<MailMessage.Content?, any Error> in
            do { return .success(try await queue.text(of: one.mail.id)) } catch { return .failure(error) }
        }
        return try text.get()
    }

    private func settle(_ mail: ClaimedMail, _ result: HandOverResult, _ withheld: Gate.Withheld?) {
        switch (result, withheld) {
        case (.accepted, _): recorder.end(mail, MailOutcome(.sent))
        case (.permanent(let code), _): recorder.end(mail, MailOutcome(.failed, "smtp-\(code)"))
        case (.needsSMTPUTF8, _): recorder.end(mail, MailOutcome(.failed, MailOutcome.needsSMTPUTF8))
        case (.withheld, .refused(let reason)?): settleRefused(mail, reason)
        case (.withheld, .claimLost?):
            host.log.warning(
                "marking a mail as being sent failed because this worker lost its claim; leaving it to another worker",
                metadata: ["mail": "\(mail.id.text)"])
        case (.withheld, .trackingEnded?): recorder.putBack([mail], for: .zero)
        case (.withheld, .unreachable?), (.withheld, nil): recorder.putBack([mail], for: RetrySchedule.pauseForSuite)
        case (.unanswered, _):
            if mail.kind.campaign == nil {
                tryAgain(mail, code: nil)
            } else {
                recorder.end(mail, MailOutcome(.unknown, "unknown"))
            }
        case (.temporary(let code), _):
            if stop.isRaised {
                recorder.putBack([mail], for: .zero)
            } else {
                tryAgain(mail, code: code)
            }
        }
    }

    /// The gate refused the mail. If opt-in may just lag behind the vault or the contact's own message, it is retried
    /// later.
    private func settleRefused(_ mail: ClaimedMail, _ reason: String) {
        let age = mail.age
        if age < RetrySchedule.patience(with: reason) {
            recorder.putBack([mail], for: RetrySchedule.pauseForGate(age: age))
        } else {
            recorder.end(mail, MailOutcome(reason == GateAnswer.notYet ? .failed : .suppressed, reason))
        }
    }

    /// Another mail of the campaign has reserved the address (N4). While that one is being handed over it may still
    /// fail, so this mail is retried later.
    private func settleTaken(_ mail: ClaimedMail, _ use: CampaignAddresses.Use) {
        switch use {
        case .underWay: recorder.putBack([mail], for: RetrySchedule.pauseForAddress)
        case .reached: recorder.end(mail, MailOutcome(.suppressed, MailOutcome.sameAddress))
        }
    }

    private func tryAgain(_ mail: ClaimedMail, code: Int?) {
        guard let pause = RetrySchedule.delay(afterAttempts: mail.attempts, age: mail.age) else {
            recorder.end(mail, MailOutcome(.failed, code.map { "smtp-\($0)" } ?? "unreachable"))
            return
        }
        host.log.info(
            "sending a mail to the mail server failed; trying again after a back-off",
            metadata: ["mail": "\(mail.id.text)", "code": "\(code ?? 0)", "attempt": "\(mail.attempts)"])
        recorder.tryAgain(mail, after: pause)
    }
}
