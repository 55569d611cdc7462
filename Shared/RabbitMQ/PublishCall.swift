/// One call of `publish`, on its way through the connection's thread.
///
/// `@unchecked Sendable`: made by the caller, touched only by the connection's thread once it is in the mailbox.
final class PublishCall: @unchecked Sendable {
    typealias Answer = @Sendable (Result<[PublishOutcome], BrokerError>) -> Void

    let messages: [OutgoingMessage]
    var outcomes: [PublishOutcome]
    /// The index of the next message to send.
    var next = 0
    private var unsettled: Int
    private let answer: Answer

    init(_ messages: [OutgoingMessage], answer: @escaping Answer) {
        self.messages = messages
        outcomes = Array(repeating: .confirmed, count: messages.count)
        unsettled = messages.count
        self.answer = answer
    }

    /// Counts one message as settled; the last one answers the caller.
    func settleOne() {
        unsettled -= 1
        if unsettled == 0 { answer(.success(outcomes)) }
    }

    func fail(_ error: BrokerError) {
        guard unsettled > 0 else { return }
        unsettled = 0
        answer(.failure(error))
    }
}
