/// One call of `publish`, on its way through the connection's thread.
///
/// `@unchecked Sendable`: made by the caller, touched only by the connection's thread once it is in the mailbox.
final class PublishCall: @unchecked Sendable {
    typealias Answer = CheckedContinuation<Result<[PublishOutcome], BrokerError>, Never>

    let messages: [OutgoingMessage]
    var outcomes: [PublishOutcome]
    /// The index of the next message to send.
    var next = 0
    private var unsettled: Int
    private let answer: Answer

    init(_ messages: [OutgoingMessage], answer: Answer) {
        self.messages = messages
        outcomes = Array(repeating: .confirmed, count: messages.count)
        unsettled = messages.count
        self.answer = answer
    }

    /// Counts one message as settled; the last one answers the caller.
    func settleOne() {
        unsettled -= 1
        if unsettled == 0 { answer.resume(returning: .success(outcomes)) }
    }

    func fail(_ error: BrokerError) {
        guard unsettled > 0 else { return }
        unsettled = 0
        answer.resume(returning: .failure(error))
    }
}
