import Foundation
import Models
import NotifierDomain
import Synchronization
import Testing

@testable import NotifierService

@Suite(.timeLimit(.minutes(1))) struct EndRecorderTests {
    private func ended(_ contact: String) throws -> Ended {
        Ended(
            ClaimedMail(
                id: UUID(), contact: try #require(ContactID(contact)), kind: .campaign("spring", list: nil),
                addressHash: nil, inReplyTo: nil, attempts: 1, createdAt: Timestamp(microseconds: 0)), .sent, nil)
    }

    @Test("N3 every end is recorded once, in order, and at most four are unrecorded when the next mail begins")
    func recording() async throws {
        let recorded = Mutex<[String]>([])
        let recorder = EndRecorder { ended in
            try? await Task.sleep(for: .milliseconds(2))
            recorded.withLock { $0 += ended.map(\.mail.contact.text) }
        }
        let contacts = (0..<50).map { "c\($0)" }
        for (index, contact) in contacts.enumerated() {
            await recorder.add(try ended(contact))
            #expect(recorded.withLock { $0.count } > index - 4)
        }
        await recorder.finish()
        #expect(recorded.withLock { $0 } == contacts)
    }
}

@Suite struct ClaimQuestionTests {
    private func mail(_ contact: String, _ campaign: String, hash: String? = nil) throws -> ClaimedMail {
        ClaimedMail(
            id: UUID(), contact: try #require(ContactID(contact)), kind: .campaign(campaign, list: nil),
            addressHash: hash, inReplyTo: nil, attempts: 1, createdAt: Timestamp(microseconds: 0))
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

    @Test("O12 of one contact's mails for different addresses one is asked about at a time")
    func addresses() throws {
        let mails = [try mail("a", "c"), try mail("a", "c", hash: "x"), try mail("b", "c"), try mail("a", "c")]
        let question = ClaimQuestion(mails, [:])
        #expect(question.asked.map(\.id) == [mails[0].id, mails[2].id, mails[3].id])
        #expect(question.later.map(\.id) == [mails[1].id])
    }
}
