import RabbitMQ

/// What all partitions of an instance hold together. A batch of ordinary messages has a tenth of its partition's share;
/// read, a message takes several times the bytes of its body.
private let partitionsHeldBytes = 32 * 1024 * 1024
/// What a partition's consumer holds at least, so that several of the longest messages make a batch.
private let leastHeldBytes = 2 * 1024 * 1024
private let questionsHeldBytes = 4 * 1024 * 1024

extension ConsumerLimits {
    /// Of one partition's consumer; a body that no type may have is not kept.
    static func ofPartition(among count: Int) -> ConsumerLimits {
        ConsumerLimits(
            heldBytes: max(leastHeldBytes, partitionsHeldBytes / max(1, count)), bodyBytes: severalContactsBodyLimit)
    }

    /// Of a consumer of questions.
    static let ofQuestions = ConsumerLimits(heldBytes: questionsHeldBytes, bodyBytes: severalContactsBodyLimit)
}
