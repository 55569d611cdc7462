/// A mail's kind, by which the gate decides (contract section 3, `optin.check`).
package enum MailCategory: String, Sendable, CaseIterable {
    case campaign
    case autoresponder
    case workflow
    case adHoc = "ad-hoc"
    case reply
}

/// A mail's `Message-ID` with its angle brackets (RFC 5322 section 3.6.4).
package struct MessageID: Sendable, Hashable {
    /// Bytes: a header line's limit.
    package static let limit = 998

    /// The text, with its angle brackets.
    package let text: String

    /// Nil unless it is one line `<…@…>` of visible ASCII characters without a space.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count <= Self.limit, bytes.count >= 5, text.hasPrefix("<"), text.hasSuffix(">"),
            bytes.allSatisfy({ (0x21...0x7E).contains($0) }),
            !bytes.dropFirst().dropLast().contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") })
        else { return nil }
        self.text = text
    }
}

extension Reader {
    /// A `Message-ID` with its angle brackets.
    package func messageID(_ name: String) throws(Refusal) -> MessageID {
        guard let id = MessageID(try text(name, limit: MessageID.limit)) else {
            throw refusal(name, "must be a Message-ID with its angle brackets")
        }
        return id
    }
}
