/// The bytes of the deliveries that a consumer holds: delivered and not acknowledged. Pure: no I/O.
struct HeldDeliveries {
    /// Bytes that a delivery takes besides body and headers.
    private static let overhead = 512

    /// By tag, rising; those acknowledged alone stay with 0 bytes until all before them are acknowledged.
    private var deliveries: [(tag: UInt64, bytes: Int)] = []
    private(set) var bytes = 0

    mutating func add(_ delivery: Delivery) {
        let size = Self.overhead + delivery.body.count + delivery.properties.headerBytes
        deliveries.append((delivery.tag, size))
        bytes += size
    }

    mutating func release(through tag: UInt64) {
        let count = deliveries.firstIndex { $0.tag > tag } ?? deliveries.count
        for delivery in deliveries[..<count] { bytes -= delivery.bytes }
        deliveries.removeFirst(count)
    }

    mutating func release(only tag: UInt64) {
        guard let index = deliveries.firstIndex(where: { $0.tag == tag }) else { return }
        bytes -= deliveries[index].bytes
        deliveries[index].bytes = 0
        let done = deliveries.firstIndex { $0.bytes > 0 } ?? deliveries.count
        deliveries.removeFirst(done)
    }
}

extension Properties {
    /// The approximate bytes of the headers in memory.
    fileprivate var headerBytes: Int {
        headers.reduce(0) { sum, header in
            guard case .string(let text) = header.value else { return sum + header.key.utf8.count + 32 }
            return sum + header.key.utf8.count + text.utf8.count + 32
        }
    }
}
