import FoundationEssentials

/// Standard base64 with padding (RFC 4648, section 4), as signed notes have it.
func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

/// Two digits a byte, lower case.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
