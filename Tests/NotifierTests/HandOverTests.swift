import Foundation
import Models
import NotifierDomain
import Synchronization
import Testing

@testable import NotifierService

@Suite struct ClaimQuestionTests {
    private func mail(_ contact: String, _ campaign: String, hash: String? = nil) throws -> ClaimedMail {
        ClaimedMail(
            id: UUID(), contact: try #require(ContactID(contact)), kind: .campaign(campaign, list: nil),
            addressHash: hash, inReplyTo: nil, attempts: 1, ageAtClaim: .zero, claim: UUID())
    }

    @Test("N1 campaigns that name more fields than one question may have wait for each other")
    func fields() throws {
        var campaigns: [String: CampaignText] = [:]
        for number in 0..<6 {
            let text = (0..<4).map { "{{f\(number)x\($0)}}" }.joined()
            campaigns["c\(number)"] = CampaignText(.init(subject: "s", text: text, html: nil))
        }
        let mails = try (0..<12).map { try mail("a\($0)", "c\($0 % 6)") }
        let question = ClaimQuestion(mails, campaigns)
        #expect(question.fields.count == ResolveQuestion.fieldsLimit)
        #expect(question.asked.count == 10)
        #expect(question.later.map(\.kind.campaign) == ["c5", "c5"])
    }

    @Test("N1 of many mails with many fields each so many are asked about at a time that the answer fits a message")
    func values() throws {
        let text = (0..<20).map { "{{f\($0)}}" }.joined()
        let campaigns = ["c": CampaignText(.init(subject: "s", text: text, html: nil))]
        let mails = try (0..<MailQueue.largeClaim).map { try mail("a\($0)", "c") }
        #expect(ClaimQuestion(mails, campaigns).asked.count == 50)
        #expect(ClaimQuestion(mails, campaigns).later.count == mails.count - 50)
        #expect(ClaimQuestion(mails, [:]).later.isEmpty)
    }

    @Test("O12 of one contact's mails for different addresses one is asked about at a time")
    func addresses() throws {
        let mails = [try mail("a", "c"), try mail("a", "c", hash: "x"), try mail("b", "c"), try mail("a", "c")]
        let question = ClaimQuestion(mails, [:])
        #expect(question.asked.map(\.id) == [mails[0].id, mails[2].id, mails[3].id])
        #expect(question.later.map(\.id) == [mails[1].id])
    }
}

@Suite(.timeLimit(.minutes(10))) struct BatchesTests {
    @Test("N3 what comes while a batch is in hand goes with the next, in order; what failed goes again, first")
    func gathers() async {
        let taken = Mutex<[[Int]]>([]), isHeld = Mutex(true)
        let batches = Batches<Int> { items in
            taken.withLock { $0.append(items) }
            while isHeld.withLock({ $0 }) { await Task.yield() }
            return items.filter { $0 == 2 && taken.withLock { $0.count } == 2 }
        }
        batches.add([1])
        while taken.withLock({ $0.isEmpty }) { await Task.yield() }
        batches.add([2])
        batches.add([3, 4])
        isHeld.withLock { $0 = false }
        await batches.finish()
        #expect(taken.withLock { $0 } == [[1], [2, 3, 4], [2]])
        #expect(batches.count == 0)
    }

    @Test("N3 what waits and what is in hand is counted, so that it can be limited")
    func counts() async {
        let isHeld = Mutex(true)
        let batches = Batches<Int> { _ in
            while isHeld.withLock({ $0 }) { await Task.yield() }
            return []
        }
        batches.add([1])
        batches.add([2, 3])
        #expect(batches.count == 3)
        isHeld.withLock { $0 = false }
        await batches.finish()
        #expect(batches.count == 0)
    }
}

@Suite struct SignsOfLifeTests {
    private let one = UUID(), other = UUID()

    @Test("N3 an instance is gone after four looks that saw nothing new of it, not before")
    func silent() {
        var signs = SignsOfLife()
        for look in 0...SignsOfLife.patience {
            #expect(signs.gone.isEmpty, "look \(look)")
            _ = signs.look(at: [one: 7, other: Int64(look)])
        }
        #expect(signs.gone == [one])
    }

    @Test("N3 an instance that shows itself in time, or has no row and gets one, is not gone")
    func alive() {
        var signs = SignsOfLife()
        for sign: Int64? in [nil, nil, nil, nil, 1, 1, 1, 1, 2, 2] { _ = signs.look(at: [one: sign]) }
        #expect(signs.gone.isEmpty)
    }

    @Test("N3 an instance that the broker still has is not gone, however long the database has not seen it")
    func connected() {
        var signs = SignsOfLife()
        for _ in 0..<100 {
            for silent in signs.look(at: [one: 7]) { signs.noteConnected(silent) }
            #expect(signs.gone.isEmpty)
        }
    }

    @Test("N3 it is asked for at the broker at least twice before it counts as gone")
    func askedFor() {
        var signs = SignsOfLife()
        var questions = 0
        while signs.gone.isEmpty { questions += signs.look(at: [one: nil]).count }
        #expect(questions >= 2)
    }

    @Test("N3 after an outage of the database everybody has the whole time again to show itself")
    func outage() {
        var signs = SignsOfLife()
        for _ in 0..<SignsOfLife.patience { _ = signs.look(at: [one: 7]) }
        signs.forget()
        #expect(signs.look(at: [one: 7]).isEmpty)
        #expect(signs.gone.isEmpty)
    }
}
