import Cryptography

/// Validates the queue names that RabbitMQ generates for direct reply-to. The broker decodes such a name when a reply
/// is published and closes the channel if it cannot, so a name of any other form is refused (X5).
enum DirectReply {
    /// The name that a client sends in `reply_to`. The broker replaces it by a generated name.
    static let name = "amq.rabbitmq.reply-to"

    /// Returns whether the text has the form of a generated name: the prefix, a full stop, a process identifier
    /// (Erlang's external term format, in base64), a full stop, and a key (in base64).
    static func isName(_ text: String) -> Bool {
        guard text.hasPrefix(name + ".") else { return false }
        let parts = text.dropFirst(name.utf8.count + 1).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let process = Base64URL.decodeStandard(String(parts[0])),
            let key = Base64URL.decodeStandard(String(parts[1])), !key.isEmpty
        else { return false }
        return isProcess(process)
    }

    /// Returns whether the bytes are a process identifier.
    ///
    /// It consists of a version, NEW_PID_EXT or PID_EXT, a node's name as an atom, and numbers of fixed length.
    private static func isProcess(_ term: [UInt8]) -> Bool {
        guard term.count > 4, term[0] == 131, let rest = [88: 12, 103: 9][Int(term[1])] else { return false }
        switch term[2] {
        // ATOM_EXT and ATOM_UTF8_EXT; SMALL_ATOM_UTF8_EXT.
        case 100, 118: return term.count > 5 && term.count == 5 + (Int(term[3]) << 8 | Int(term[4])) + rest
        case 119: return term.count == 4 + Int(term[3]) + rest
        default: return false
        }
    }
}
