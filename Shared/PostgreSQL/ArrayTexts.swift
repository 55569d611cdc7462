extension Parameter {
    /// Arrays of texts for `unnest`, which takes one dimension: each is sent in its text form, and the SQL casts it,
    /// `c.lists::text[]`.
    package static func arrayTexts(_ arrays: [[String]]) -> Parameter { .texts(arrays.map(arrayText)) }

    /// As in the manual's section 8.15.6: in quotes, before quotes and backslashes a backslash.
    private static func arrayText(_ array: [String]) -> String {
        if array.isEmpty { return "{}" }
        var bytes: [UInt8] = []
        for text in array {
            bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
            bytes.append(UInt8(ascii: "\""))
            for byte in text.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}
