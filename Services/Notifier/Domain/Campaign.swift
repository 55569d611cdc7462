public import Models

/// A text for many, and who gets it: one mail per recipient and campaign, whatever is repeated (N4).
public struct Campaign: Sendable, Equatable {
    /// Names it; unique.
    public let name: String
    /// A hash of the content: the same name with another content is a conflict.
    public let contentHash: [UInt8]
    /// Whoever was ever named.
    public private(set) var recipients: Set<ContactID>
    /// What is not stored yet.
    public private(set) var unsaved: Unsaved

    /// What a decision added to a stored campaign.
    public struct Unsaved: Sendable, Equatable {
        /// The content of a new campaign.
        public fileprivate(set) var content: CampaignContent?
        /// New recipients, in the order in which they were named.
        public fileprivate(set) var recipients: [ContactID] = []
    }

    /// A campaign as it is stored.
    public init(name: String, contentHash: [UInt8], recipients: Set<ContactID>) {
        self.name = name
        self.contentHash = contentHash
        self.recipients = recipients
        unsaved = Unsaved()
    }

    /// A new one, without recipients yet.
    public init(name: String, contentHash: [UInt8], content: CampaignContent) {
        self.init(name: name, contentHash: contentHash, recipients: [])
        unsaved.content = content
    }

    /// Adds whoever is not a recipient yet, and says who that was.
    public mutating func add(_ contacts: [ContactID]) -> [ContactID] {
        let new = contacts.filter { recipients.insert($0).inserted }
        unsaved.recipients += new
        return new
    }
}

/// What a campaign says; sent as it is.
public struct CampaignContent: Sendable, Equatable {
    /// Bytes of a subject: a header line's limit (RFC 5322 section 2.1.1).
    public static let subjectLimit = 998
    /// Bytes of a text or HTML: the message's own limit.
    private static let bodyLimit = 1024 * 1024

    /// One line.
    public let subject: String
    /// The text part.
    public let text: String
    /// The HTML part.
    public let html: String?

    /// A content.
    public init(subject: String, text: String, html: String?) {
        self.subject = subject
        self.text = text
        self.html = html
    }

    /// From the members `subject`, `text` and `html`.
    public init(reading data: Reader) throws(Refusal) {
        subject = try data.name("subject", limit: Self.subjectLimit)
        guard subject.unicodeScalars.allSatisfy(MailHeader.isAllowed) else {
            throw data.refusal("subject", "must be one line without control characters")
        }
        text = try data.name("text", limit: Self.bodyLimit)
        html = try data.optionalText("html", limit: Self.bodyLimit)
        // PostgreSQL stores no NUL.
        for (name, value) in [("text", text), ("html", html ?? "")] where value.utf8.contains(0) {
            throw data.refusal(name, "must not contain U+0000")
        }
    }

    /// Bytes that differ wherever any part differs, to be hashed.
    public var canonical: [UInt8] {
        JSON.array([.string(subject), .string(text), html.map { .string($0) } ?? .null]).bytes
    }
}
