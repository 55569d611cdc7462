import Cryptography
public import Models

/// Proof that an entry stands in a ledger, as messages and files have it: with the keys of the ledger it is checked
/// without asking anybody.
public struct LedgerProof: Sendable, Equatable {
    private static let saltMember = "salt"

    /// The leaf's bytes.
    public let entry: [UInt8]
    /// What the leaf's commitment opens to; nil after erasure.
    public let opening: LedgerEvidence?
    /// The leaf's position, from 0.
    public let leafIndex: Int64
    /// The path of RFC 9162 section 2.1.3, from the leaf up.
    public let inclusion: [[UInt8]]
    /// The signed note that the path leads to.
    public let checkpoint: String

    /// Why a proof proves nothing.
    public enum Fault: Error, Sendable, Equatable {
        /// No key of the ledger's has signed the checkpoint.
        case notSigned
        /// The path does not lead from the entry to the checkpoint's root.
        case notIncluded
        /// The entry is no JSON object with an index.
        case noEntry
        /// The opening is not what the entry's commitment says.
        case otherOpening
    }

    init(
        entry: [UInt8], opening: LedgerEvidence?, leafIndex: Int64, inclusion: [[UInt8]], checkpoint: String
    ) {
        self.entry = entry
        self.opening = opening
        self.leafIndex = leafIndex
        self.inclusion = inclusion
        self.checkpoint = checkpoint
    }

    /// Reads what `json` has written; other members are passed over. Nil where it is none.
    public init?(_ json: JSON) {
        guard let entry = json["entry"]?.text.flatMap({ Base64URL.decodeStandard($0) }),
            let leafIndex = json["leafIndex"]?.integer, let path = json["inclusion"]?.elements,
            let checkpoint = json["checkpoint"]?.text
        else { return nil }
        let inclusion = path.compactMap { $0.text.flatMap { Base64URL.decodeStandard($0) } }
        guard inclusion.count == path.count else { return nil }
        var opening: LedgerEvidence?
        if let object = json["opening"] {
            guard let evidence = Self.evidence(object) else { return nil }
            opening = evidence
        }
        self.init(
            entry: entry, opening: opening, leafIndex: leafIndex, inclusion: inclusion, checkpoint: checkpoint)
    }

    /// The members `entry`, `opening`, `leafIndex`, `inclusion` and `checkpoint` of the contract.
    public var json: JSON {
        JSON(present: [
            "entry": .string(base64(entry)), "opening": opening.flatMap(Self.object),
            "leafIndex": .number(String(leafIndex)), "inclusion": .array(inclusion.map { .string(base64($0)) }),
            "checkpoint": .string(checkpoint),
        ])
    }

    /// What the entry says; nil where it is no JSON.
    public var statement: JSON? { try? JSON(parsing: entry) }

    /// The entry's index, as it says itself.
    public var index: LedgerIndex? {
        statement?[LedgerEntry.indexMember]?.text.flatMap { LedgerIndex($0) }
    }

    /// The checkpoint, once signature, path and opening are found right.
    public func verified(by keys: [NoteVerifierKey]) throws(Fault) -> Checkpoint {
        guard let checkpoint = Checkpoint(note: checkpoint, verifiedBy: keys) else { throw .notSigned }
        let path = InclusionProof(leafIndex: leafIndex, size: checkpoint.size, hashes: inclusion)
        guard path.isValid(leafHash: MerkleHash.leaf(entry), root: checkpoint.root) else { throw .notIncluded }
        guard let statement, index != nil else { throw .noEntry }
        if let opening {
            guard statement[LedgerEntry.commitmentMember]?.text == opening.commitment else { throw .otherOpening }
        }
        return checkpoint
    }

    private static func object(_ evidence: LedgerEvidence) -> JSON? {
        let content = try? JSON(parsing: [UInt8](evidence.content.utf8))
        return content?.members.map { members in
            .object([JSON.Member(saltMember, .string(base64(evidence.salt)))] + members)
        }
    }

    private static func evidence(_ object: JSON) -> LedgerEvidence? {
        guard let salt = object[saltMember]?.text.flatMap({ Base64URL.decodeStandard($0) }),
            let members = object.members,
            let content = try? CanonicalJSON.text(.object(members.filter { $0.name != saltMember }))
        else { return nil }
        return LedgerEvidence(contact: object["contact"]?.text, salt: salt, content: content)
    }
}
