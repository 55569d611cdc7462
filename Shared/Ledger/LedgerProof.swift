import Cryptography
package import Models

/// Proof that an entry is in a ledger, in the form of messages and files. The ledger's public keys suffice to verify it
/// offline.
package struct LedgerProof: Sendable, Equatable {
    private static let saltMember = "salt"

    package let entry: [UInt8]
    /// The content to which the leaf's commitment opens; nil after erasure.
    package let opening: LedgerEvidence?
    /// The leaf's position, from 0.
    package let leafIndex: Int64
    /// The path of RFC 9162 section 2.1.3, from the leaf up.
    package let inclusion: [[UInt8]]
    /// The signed note with the root to which the path leads.
    package let checkpoint: String

    /// Why a proof is invalid.
    package enum Fault: Error, Sendable, Equatable {
        /// No key of the ledger's has signed the checkpoint.
        case notSigned
        /// The path does not lead from the entry to the checkpoint's root.
        case notIncluded
        /// The entry is no JSON object with an index.
        case noEntry
        /// The opening does not match the entry's commitment.
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

    /// Reads the form that the property `json` has; ignores other members. Nil where it is no proof.
    package init?(_ json: JSON) {
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
    package var json: JSON {
        JSON(present: [
            "entry": .string(base64(entry)), "opening": opening.flatMap(Self.object),
            "leafIndex": .number(String(leafIndex)), "inclusion": .array(inclusion.map { .string(base64($0)) }),
            "checkpoint": .string(checkpoint),
        ])
    }

    /// The parsed entry; nil where it is no JSON.
    package var statement: JSON? { try? JSON(parsing: entry) }

    /// The index that the entry itself names.
    package var index: LedgerIndex? {
        statement?[LedgerEntry.indexMember]?.text.flatMap { LedgerIndex($0) }
    }

    /// Verifies signature, path and opening, and returns the checkpoint.
    package func verified(by keys: [NoteVerifierKey]) throws(Fault) -> Checkpoint {
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
