import RabbitMQ

/// Bytes of unacknowledged bodies that all partitions of an instance hold together. A batch of ordinary messages needs
/// a tenth of its partition's share; a parsed message needs several times the bytes of its body.
private let partitionsHeldBytes = 32 * 1024 * 1024
/// Bytes that each partition's consumer may hold at least: several messages of maximum size.
private let leastHeldBytes = 2 * 1024 * 1024
private let questionsHeldBytes = 4 * 1024 * 1024

extension ConsumerLimits {
    /// The limits of one partition's consumer. A body that is larger than any type allows is discarded while it is
    /// read.
    static func ofPartition(among count: Int) -> ConsumerLimits {
        ConsumerLimits(
            heldBytes: max(leastHeldBytes, partitionsHeldBytes / max(1, count)), bodyBytes: severalContactsBodyLimit)
    }

    /// The limits of a consumer of questions.
    static let ofQuestions = ConsumerLimits(heldBytes: questionsHeldBytes, bodyBytes: severalContactsBodyLimit)
}
