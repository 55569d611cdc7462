public import Cryptography
public import Models

/// One entry to record: what stays for ever, and what identifies, which erasure can take away.
public struct LedgerEntry: Sendable, Equatable {
    /// Bytes of a salt: too many to try.
    public static let saltLength = 32
    static let indexMember = "index"
    static let commitmentMember = "commitment"
    /// The member of an entry by which evidence was erased: the indexes of the entries that lost theirs. Evidence that
    /// is missing for no such entry was taken away by hand.
    public static let erasesMember = "erases"

    /// Its name.
    public let index: LedgerIndex
    /// The text that is hashed, in the form of RFC 8785.
    public let leaf: String
    /// What the leaf's commitment opens to.
    public let evidence: LedgerEvidence?

    /// An entry that says the members of `statement`; `index` and `commitment` are added. `evidence` is an object; its
    /// member `contact` says whose erasure deletes it. The salt is random and given in tests alone.
    public init(
        _ index: LedgerIndex, statement: JSON, evidence: JSON? = nil, salt: [UInt8] = Random.bytes(saltLength)
    ) throws(LedgerError) {
        var members = statement.members ?? []
        for name in [Self.indexMember, Self.commitmentMember] where statement[name] != nil {
            throw .reservedMember(name)
        }
        members.append(JSON.Member(Self.indexMember, .string(index.description)))
        if let evidence {
            let opening = LedgerEvidence(
                contact: evidence["contact"]?.text, salt: salt, content: try CanonicalJSON.text(evidence))
            members.append(JSON.Member(Self.commitmentMember, .string(opening.commitment)))
            self.evidence = opening
        } else {
            self.evidence = nil
        }
        self.index = index
        leaf = try CanonicalJSON.text(.object(members))
    }

    /// The leaf's hash in the tree.
    public var leafHash: [UInt8] { MerkleHash.leaf([UInt8](leaf.utf8)) }
}
