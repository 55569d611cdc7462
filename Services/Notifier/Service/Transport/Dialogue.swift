import CCurl

/// What is said between libcurl and the mail server, as far as it tells whether the server takes addresses that are not
/// ASCII (SMTPUTF8). libcurl itself sends them as they are where it does not (Debian 12's 7.88, lib/smtp.c).
///
/// On the worker's thread alone: `curl_easy_perform` calls back on its own thread.
final class Dialogue {
    /// The mail needed SMTPUTF8 and was broken off before its recipient was named.
    private(set) var isBrokenOff = false

    private var needsSMTPUTF8 = false
    /// As of the connection's last EHLO: a mail server may say less before TLS than under it (RFC 3207 section 4.2).
    private var offersSMTPUTF8 = false
    private var command = ""

    /// A mail's beginning.
    func begin(needsSMTPUTF8: Bool) {
        self.needsSMTPUTF8 = needsSMTPUTF8
        isBrokenOff = false
        command = ""
    }

    /// Makes libcurl tell of commands and answers; whoever owns the handle owns this.
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

    /// Of a command only its verb is looked at: others hold passwords.
    private func note(command bytes: UnsafeRawBufferPointer) {
        command = String(decoding: bytes.prefix(4), as: UTF8.self)
        if command == "EHLO" || command == "HELO" { offersSMTPUTF8 = false }
    }

    /// An answer's line; false breaks the dialogue off. The answer to MAIL is the last moment at which the recipient is
    /// not named yet.
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
