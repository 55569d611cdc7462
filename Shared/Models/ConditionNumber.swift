/// The largest exponent of a number: far beyond real values, and small enough that every number in a message fits
/// PostgreSQL's `numeric`, by which SQL compares the same numbers.
private let largestExponent = 10_000

/// A number of a condition or an attribute, compared by its exact value: 1, 1.0 and 10e-1 are equal.
struct ConditionNumber: Comparable {
    private let isNegative: Bool
    /// The value is 0.d₁d₂… times ten to this power.
    private let exponent: Int
    /// Values from 0 to 9, without zeros at either end; none for zero.
    private let digits: ArraySlice<UInt8>

    /// From a JSON number; nil where its exponent is out of range.
    init?(literal: String) {
        let parts = literal.utf8.split(
            maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 | 0x20 == UInt8(ascii: "e") })
        guard let mantissa = parts.first else { return nil }
        var power = 0
        if parts.count > 1 {
            guard let written = Int(Substring(parts[1])), abs(written) <= largestExponent else { return nil }
            power = written
        }
        let isSigned = mantissa.first == UInt8(ascii: "-")
        let places = mantissa.dropFirst(isSigned ? 1 : 0).split(
            maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 == UInt8(ascii: ".") })
        let written = places.flatMap { $0.map { $0 &- UInt8(ascii: "0") } }
        guard !written.isEmpty, written.allSatisfy({ $0 < 10 }) else { return nil }
        guard let first = written.firstIndex(where: { $0 > 0 }), let last = written.lastIndex(where: { $0 > 0 }) else {
            (isNegative, exponent, digits) = (false, 0, [])
            return
        }
        isNegative = isSigned
        exponent = places[0].count - first + power
        digits = written[first...last]
    }

    static func < (one: ConditionNumber, other: ConditionNumber) -> Bool {
        if one.sign != other.sign { return one.sign < other.sign }
        return one.isNegative ? other.isCloserToZero(than: one) : one.isCloserToZero(than: other)
    }

    static func == (one: ConditionNumber, other: ConditionNumber) -> Bool {
        one.sign == other.sign && one.exponent == other.exponent && one.digits.elementsEqual(other.digits)
    }

    private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

    /// Compares the absolute values of two numbers with one sign.
    private func isCloserToZero(than other: ConditionNumber) -> Bool {
        exponent == other.exponent ? digits.lexicographicallyPrecedes(other.digits) : exponent < other.exponent
    }
}

extension JSON {
    /// Whether conditions can compare the value: false for a number whose exponent is out of range, which exists and
    /// equals no value.
    package var isComparable: Bool {
        guard case .number(let literal) = self else { return true }
        return ConditionNumber(literal: literal) != nil
    }
}
