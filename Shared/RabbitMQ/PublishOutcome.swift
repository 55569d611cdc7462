/// The outcome of a published message.
package enum PublishOutcome: Sendable, Equatable {
    /// The broker has it; for a quorum queue, a majority has it on disk.
    case confirmed
    /// No queue took it (`basic.return`).
    case returned
    /// The broker refused it (`basic.nack`): a queue is full or broken. Send it again later.
    case rejected
}
