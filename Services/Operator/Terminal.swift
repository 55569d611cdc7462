import Glibc
import Models

/// The operator's output: results go to standard output, everything else to standard error.
enum Terminal {
    /// Writes a line about the command itself to standard error.
    static func complain(_ message: String) { write("assent: " + printable(message)) }

    /// Writes text to standard error, after flushing standard output.
    static func write(_ text: String) { send(text + "\n") }

    /// Whether standard error is a terminal.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Replaces the current line.
    static func rewriteLine(_ text: String) { send("\r\u{1B}[K" + text) }

    private static func send(_ text: String) {
        fflush(nil)
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }  // standard error is closed, so there is no way to report it
            sent += count
        }
    }

    /// Replaces characters that control a terminal, because values may come from public web forms.
    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isSteering($0) && $0 != "\n" ? "\u{FFFD}" : $0 }))
    }

    /// As `printable`, but replaces line ends too.
    static func cell(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { isSteering($0) ? "\u{FFFD}" : $0 }))
    }

    /// The width of the terminal on standard output; nil if it is no terminal.
    static var columns: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return size.ws_col > 0 ? Int(size.ws_col) : nil
    }

    /// Control characters (C0, DEL, C1), line ends, and characters that change the writing direction.
    static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
