import Cryptography

/// The names that RabbitMQ makes for direct replies. The broker decodes such a name when a reply is published, and its
/// channel dies of one that it cannot decode: what it has not made is refused (X5).
enum DirectReply {
    /// What an asker writes; the broker puts a name of its own making in its place.
    static let name = "amq.rabbitmq.reply-to"

    /// Whether the text has the form of a name of the broker's making: behind the prefix a process identifier in
    /// Erlang's external term format, in base64, and behind a full stop a key in base64.
    static func isName(_ text: String) -> Bool {
        guard text.hasPrefix(name + ".") else { return false }
        let parts = text.dropFirst(name.utf8.count + 1).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let process = Base64URL.decodeStandard(String(parts[0])),
            let key = Base64URL.decodeStandard(String(parts[1])), !key.isEmpty
        else { return false }
        return isProcess(process)
    }

    /// The version, NEW_PID_EXT or PID_EXT, a node's name as an atom, and numbers of a fixed length.
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
