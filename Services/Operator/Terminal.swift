import Glibc
import Models

/// What an operator sees. Standard output has results alone, standard error all else.
enum Terminal {
    /// A line about the command itself on standard error.
    static func complain(_ message: String) { write("assent: " + printable(message)) }

    /// Text on standard error, after what standard output has so far.
    static func write(_ text: String) { send(text + "\n") }

    /// Whether somebody looks at standard error.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// In place of the line where the cursor stands.
    static func rewriteLine(_ text: String) { send("\r\u{1B}[K" + text) }

    private static func send(_ text: String) {
        fflush(nil)
        let bytes = Array(text.utf8)
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

    /// As `printable`, on one line.
    static func cell(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isSteering($0) ? "\u{FFFD}" : $0 }))
    }

    /// Columns of the terminal that standard output is; nil where it is none.
    static var columns: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return size.ws_col > 0 ? Int(size.ws_col) : nil
    }

    /// Control characters of both sets (C0, DEL, C1), ends of lines, and those that turn the direction of writing.
    static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
