import ArgumentParser
import Models

/// A time in an option: in RFC 3339, a date, or an age such as 24h.
struct PastTime: ExpressibleByArgument, Equatable {
    private static let secondsOfUnit: [Character: Int64] = [
        "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400,
    ]
    /// A hundred years in seconds.
    private static let longest: Int64 = 36_500 * 86_400

    let time: Timestamp

    init?(argument: String) { self.init(argument, now: .now) }

    init?(_ text: String, now: Timestamp) {
        if let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") {
            self.time = time
            return
        }
        guard let factor = text.last.flatMap({ Self.secondsOfUnit[$0] }), let count = UInt32(text.dropLast()),
            Int64(count) * factor <= Self.longest
        else { return nil }
        time = now - .seconds(Int64(count) * factor)
    }
}
