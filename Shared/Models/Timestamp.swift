/// A point in time: microseconds since 1970-01-01 00:00 UTC, as PostgreSQL keeps it.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 1970, leap seconds not counted.
    package let microseconds: Int64

    /// A point in time.
    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// Earlier first.
    package static func < (one: Timestamp, other: Timestamp) -> Bool { one.microseconds < other.microseconds }
    /// Later by a duration.
    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        return Timestamp(microseconds: time.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
    /// Earlier by a duration.
    package static func - (time: Timestamp, duration: Duration) -> Timestamp { time + (.zero - duration) }
    /// The time from one to the other.
    package static func - (one: Timestamp, other: Timestamp) -> Duration {
        .microseconds(one.microseconds - other.microseconds)
    }

    /// The same day of the month and time of day, in UTC, so many months later; the last day of a month that is too
    /// short, such as 28 February for 31 January.
    package func addingMonths(_ count: Int) -> Timestamp {
        let day = Int(microseconds.floorDivided(by: 86_400_000_000))
        let date = civilDate(day: day)
        let months = date.year * 12 + date.month - 1 + count
        let year = Int(Int64(months).floorDivided(by: 12))
        let month = months - year * 12 + 1
        let last = daysIn(month: month, year: year)
        let days = dayNumber(year: year, month: month, day: min(date.day, last)) - day
        return Timestamp(microseconds: microseconds + Int64(days) * 86_400_000_000)
    }

    /// RFC 3339 in UTC with milliseconds, such as `2026-11-23T10:00:00.000Z`.
    package var rfc3339: String {
        let day = microseconds.floorDivided(by: 86_400_000_000)
        let milliseconds = Int((microseconds - day * 86_400_000_000) / 1000)
        let (year, month, dayOfMonth) = civilDate(day: Int(day))
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func append(_ value: Int, _ width: Int, _ separator: Character) {
            var divisor = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                text.append(UInt8(48 + value / divisor % 10))
                divisor /= 10
            }
            text.append(contentsOf: String(separator).utf8)
        }
        append(year, 4, "-")
        append(month, 2, "-")
        append(dayOfMonth, 2, "T")
        append(milliseconds / 3_600_000, 2, ":")
        append(milliseconds / 60_000 % 60, 2, ":")
        append(milliseconds / 1000 % 60, 2, ".")
        append(milliseconds % 1000, 3, "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads RFC 3339 (`2026-11-23T10:00:00Z`, a fraction, an offset); nil where the text is none.
    package init?(rfc3339 text: String) {
        var digits = DigitReader(bytes: Array(text.utf8))
        guard text.utf8.count <= 40,
            let year = digits.number(4), digits.skip("-"), let month = digits.number(2), digits.skip("-"),
            let day = digits.number(2), digits.skip("T") || digits.skip("t"), let hour = digits.number(2),
            digits.skip(":"), let minute = digits.number(2), digits.skip(":"), let second = digits.number(2),
            (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var microseconds: Int64 = 0
        if digits.skip(".") {
            guard let fraction = digits.fraction() else { return nil }
            microseconds = fraction
        }
        guard let offset = digits.offsetInMinutes(), digits.isAtEnd else { return nil }
        let seconds = dayNumber(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second
        self.init(microseconds: Int64(seconds - offset * 60) * 1_000_000 + microseconds)
    }
}

private struct DigitReader {
    let bytes: [UInt8]
    var position = 0

    var isAtEnd: Bool { position == bytes.count }

    mutating func number(_ width: Int) -> Int? {
        guard bytes.count - position >= width else { return nil }
        var value = 0
        for byte in bytes[position..<position + width] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += width
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func fraction() -> Int64? {
        let start = position
        var value: Int64 = 0
        var scale: Int64 = 100_000
        while let digit = number(1) {
            value += Int64(digit) * scale
            scale /= 10
        }
        return position > start ? value : nil
    }

    mutating func offsetInMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

/// Days since 1970-01-01 to a date of the Gregorian calendar, in years of 400 that begin in March.
private func civilDate(day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}

private func dayNumber(year: Int, month: Int, day: Int) -> Int {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = shiftedYear / 400
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

private func daysIn(month: Int, year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
}

extension Reader {
    /// A time of RFC 3339.
    package func timestamp(_ name: String) throws(Refusal) -> Timestamp {
        guard let time = Timestamp(rfc3339: try text(name, limit: 40)) else {
            throw refusal(name, "must be a time of RFC 3339")
        }
        return time
    }
}
