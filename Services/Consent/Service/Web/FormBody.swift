import Models

/// Maximum fields of one form; our largest form has some dozens.
private let mostFields = 200
/// Maximum bytes of a boundary (RFC 2046 section 5.1.1).
private let longestBoundary = 70
/// Maximum bytes of a code passed on to the opt-in service; a right code has six digits.
private let longestCode = 64

/// The fields of a posted form, as browsers (`application/x-www-form-urlencoded`) and mail programs
/// (`multipart/form-data` too, RFC 8058 section 3.2) send them.
struct FormBody: Sendable, Equatable {
    private let fields: [String: String]

    /// The first value of this name.
    subscript(name: String) -> String? { fields[name] }

    /// The mail's code as the visitor typed it in (P6), without white space; nil if the field is missing or empty.
    var code: String? {
        let typed = (self["code"] ?? "").filter { !$0.isWhitespace }
        return typed.isEmpty ? nil : typed.cut(toBytes: longestCode)
    }

    /// Nil for another content type or a malformed body.
    init?(contentType: String?, body: [UInt8]) {
        let parts = (contentType ?? "").split(separator: ";", maxSplits: 1)
        let mediaType = parts.first.map { $0.lowercased().filter { $0 != " " } }
        switch mediaType {
        case "application/x-www-form-urlencoded": self.init(urlEncoded: body)
        case "multipart/form-data":
            let parameters = parts.count > 1 ? String(parts[1]) : ""
            guard let boundary = Self.parameter("boundary", in: parameters) else { return nil }
            self.init(multipart: body, boundary: boundary)
        default: return nil
        }
    }

    private init?(pairs: [(name: String, value: String)]) {
        guard pairs.count <= mostFields else { return nil }
        fields = Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first }
    }

    private init?(urlEncoded body: [UInt8]) {
        var pairs: [(name: String, value: String)] = []
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(sides[0]), let value = Self.decoded(sides.count > 1 ? sides[1] : [])
            else { return nil }
            pairs.append((name, value))
        }
        self.init(pairs: pairs)
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }

    private init?(multipart body: [UInt8], boundary: String) {
        let delimiter = [UInt8]("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very beginning, without a line end before it.
        let pieces = ([UInt8]("\r\n".utf8) + body).split(by: delimiter)
        guard pieces.count >= 3, pieces[pieces.count - 1].starts(with: "--".utf8) else { return nil }
        var pairs: [(name: String, value: String)] = []
        for piece in pieces[1..<(pieces.count - 1)] {
            guard let pair = Self.field(piece) else { return nil }
            pairs.append(pair)
        }
        self.init(pairs: pairs)
    }

    private static func field(_ piece: ArraySlice<UInt8>) -> (name: String, value: String)? {
        let halves = Array(piece).split(by: [UInt8]("\r\n\r\n".utf8), atMost: 1)
        guard halves.count == 2, let head = String(validating: halves[0], as: UTF8.self),
            let value = String(validating: halves[1], as: UTF8.self)
        else { return nil }
        for line in head.split(whereSeparator: \.isNewline) {
            guard line.lowercased().hasPrefix("content-disposition:"), let semicolon = line.firstIndex(of: ";"),
                let name = parameter("name", in: String(line[line.index(after: semicolon)...]))
            else { continue }
            return (name, value)
        }
        return nil
    }

    /// A parameter of a header field, quoted or not.
    private static func parameter(_ name: String, in parameters: String) -> String? {
        for parameter in parameters.split(separator: ";") {
            let sides = parameter.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, sides[0].lowercased().filter({ $0 != " " }) == name else { continue }
            var value = sides[1].drop { $0 == " " }
            while value.last == " " { value.removeLast() }
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            guard (1...longestBoundary).contains(value.utf8.count) else { return nil }
            return String(value)
        }
        return nil
    }
}

extension [UInt8] {
    /// The parts between the occurrences of a sequence of bytes, the first `atMost` of them.
    fileprivate func split(by separator: [UInt8], atMost: Int = mostFields + 2) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var (start, index) = (startIndex, startIndex)
        while parts.count < atMost, index + separator.count <= endIndex {
            if self[index..<(index + separator.count)].elementsEqual(separator) {
                parts.append(self[start..<index])
                index += separator.count
                start = index
            } else {
                index += 1
            }
        }
        return parts + [self[start...]]
    }
}
