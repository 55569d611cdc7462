import Glibc
import Models

/// What an operator sees. Standard output has results alone, standard error all else.
enum Terminal {
    /// A line about the command itself on standard error.
    static func complain(_ message: String) { write("assent: " + printable(message)) }

    /// Text on standard error, after what standard output has so far.
    static func write(_ text: String) {
        fflush(nil)
        let bytes = Array((text + "\n").utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }  // nobody reads it: there is nowhere left to say so
            sent += count
        }
    }

    /// Without what steers a terminal: values come from forms that anybody fills in.
    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isSteering($0) && $0 != "\n" ? "\u{FFFD}" : $0 }))
    }

    /// Control characters of both sets (C0, DEL, C1), and those that turn the direction of writing.
    static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
