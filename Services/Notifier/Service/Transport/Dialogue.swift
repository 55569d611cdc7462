import CCurl

/// Watches the SMTP dialogue between libcurl and the mail server to detect whether the server offers SMTPUTF8. Without
/// that check libcurl sends non-ASCII addresses even to a server that does not (Debian 12's 7.88, lib/smtp.c).
///
/// Used only on the worker's thread: `curl_easy_perform` calls back on its own thread.
final class Dialogue {
    /// Whether the mail needed SMTPUTF8 and was aborted before its recipient was named.
    private(set) var isBrokenOff = false

    private var needsSMTPUTF8 = false
    /// From the connection's last EHLO: a mail server may offer less before TLS than after it (RFC 3207 section 4.2).
    private var offersSMTPUTF8 = false
    private var command = ""

    /// Begins a mail.
    func begin(needsSMTPUTF8: Bool) {
        self.needsSMTPUTF8 = needsSMTPUTF8
        isBrokenOff = false
        command = ""
    }

    /// Registers the callbacks for commands and answers; the owner of the handle must keep this object alive.
    func attach(to handle: UnsafeMutableRawPointer) -> Bool {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let commands = assent_curl_set_debug(
            handle,
            { _, kind, text, length, context in
                guard kind == CURLINFO_HEADER_OUT, let text, let context else { return 0 }
                let bytes = UnsafeRawBufferPointer(start: text, count: length)
                Unmanaged<Dialogue>.fromOpaque(context).takeUnretainedValue().note(command: bytes)
                return 0
            }, context)
        let answers = assent_curl_set_header(
            handle,
            { text, size, count, context in
                guard let text, let context else { return size * count }
                let line = UnsafeRawBufferPointer(start: text, count: size * count)
                return Unmanaged<Dialogue>.fromOpaque(context).takeUnretainedValue().goesOn(after: line)
                    ? size * count : 0
            }, context)
        return commands == CURLE_OK && answers == CURLE_OK
    }

    /// Reads only a command's verb, because other commands hold passwords.
    private func note(command bytes: UnsafeRawBufferPointer) {
        command = String(decoding: bytes.prefix(4), as: UTF8.self)
        if command == "EHLO" || command == "HELO" { offersSMTPUTF8 = false }
    }

    /// Takes a line of an answer; false aborts the dialogue. The answer to MAIL is the last one before the recipient is
    /// named.
    private func goesOn(after line: UnsafeRawBufferPointer) -> Bool {
        switch command {
        case "EHLO":
            let keyword = String(decoding: line.dropFirst(4).prefix { $0 > 0x20 }, as: UTF8.self)
            if keyword.uppercased() == "SMTPUTF8" { offersSMTPUTF8 = true }
        case "MAIL":
            isBrokenOff = needsSMTPUTF8 && !offersSMTPUTF8
        default: break
        }
        return !isBrokenOff
    }
}
