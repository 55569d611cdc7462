import Cryptography
import FoundationEssentials
import Models
import OptInDomain
import PostgreSQL
import ServiceKit
import Settings

@testable import Messaging
@testable import OptInService

/// Handlers of the opt-in service with the sample's lists.
struct OptInHandlers {
    let environment: OptIn.Environment

    /// - Parameter pool: the database; decisions need none.
    init(pool: Pool? = nil) throws {
        // An address that leads nowhere.
        let nowhere = try DatabaseAddress(url: "postgresql://nobody@127.0.0.1:9/none")
        let reads = OptInReads(pool: pool ?? Pool(nowhere, name: "none", size: 1), replyWindow: nil)
        let key = Base64URL.encode([UInt8](repeating: 1, count: 32))
        let ring = try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(key)"}]}"#)
        let settings = try Settings.load(
            yaml: "{brand: {name: T}, languages: [en], lists: {news: {text: {en: N}}, events: {text: {en: E}}}}")
        environment = OptIn.Environment(
            settings: settings, addressKeys: AddressKeys(ring), linkKeys: KeyRingFile(ring), reads: reads)
    }

    func message(_ type: String, _ data: JSON, about contact: String = "c-1") -> Message {
        let event = Event(id: UUID(), source: "/crm", type: type, subject: contact, time: now, data: data)
        return Message(
            event: event, exchange: .requests, account: "crm", replyAddress: nil, traceparent: nil, bodyHash: [],
            authorization: nil)
    }

    /// The effects of a message.
    @discardableResult
    func decide<H: Handler<OptIn>>(
        _ handler: H.Type, _ data: JSON, on state: inout OptIn, peerEpochs: [SuiteService: Int64] = [:]
    ) throws -> [Effect] {
        var context = Context<OptIn>(
            environment: environment, message: message(H.type, data), now: now, user: nil)
        context.number = 1024
        context.epoch = 7
        context.peerEpochs = peerEpochs
        return try H(reading: try Reader(data, at: "/data")).decide(&state, context)
    }

    /// The code with which a message is refused; nil: it is not refused.
    func refusal<H: Handler<OptIn>>(_ handler: H.Type, _ data: JSON, on state: OptIn) -> Refusal.Code? {
        var state = state
        do {
            try decide(handler, data, on: &state)
            return nil
        } catch {
            return (error as? Refusal)?.code
        }
    }

    /// The answer to a question.
    func answer<H: QueryHandler<OptIn.Environment>>(
        _ handler: H.Type, _ data: JSON, about contact: String = "c-1", from pool: Pool
    ) async throws -> JSON {
        let context = QueryContext(
            environment: environment, message: message(H.type, data, about: contact), pool: pool, now: now,
            letterDesk: nil)
        return try await H(reading: try Reader(data, at: "/data")).answer(context)
    }
}
