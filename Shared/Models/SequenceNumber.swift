/// The numbers of a partition's outbox, which are the `sequence` of its messages (contract section 4).
///
/// A number is a time in milliseconds (at the beginning of an epoch), 12 random bits, and the partition in its lowest 8
/// bits; from message to message it rises by 256. A new epoch's numbers lie above all earlier ones, because a partition
/// never gives out 4,096 numbers a millisecond; the random bits tell two histories apart that began in one millisecond.
package enum SequenceNumber {
    /// The difference between one number of a partition and the next.
    package static let step: Int64 = 256
    /// Partitions that the lowest bits can name.
    package static let mostPartitions = 256

    /// An epoch's name: the first number of partition 0 in it. It is above `heard` even where the clock went back.
    ///
    /// - Parameter random: 12 bits of it are used.
    package static func epoch(at now: Timestamp, random: UInt16, above heard: Int64) -> Int64 {
        let byClock = (now.microseconds / 1000) << 20 | Int64(random & 0xFFF) << 8
        guard byClock <= heard else { return byClock }
        // The clock went back: one millisecond above what is known.
        return ((heard >> 20) + 1) << 20 | Int64(random & 0xFFF) << 8
    }

    /// The partition that gave a number.
    package static func partition(of number: Int64) -> Int { Int(number & 0xFF) }
}
