import Cryptography
package import Models

/// One entry to record: a leaf, which stays for ever, and evidence, which identifies a person and can be erased.
package struct LedgerEntry: Sendable, Equatable {
    /// Bytes of a salt: too many for all salts to be tried.
    package static let saltLength = 32
    static let indexMember = "index"
    static let commitmentMember = "commitment"
    /// The member of an erasure's entry that lists the entries whose evidence was erased, by index. Evidence that is
    /// missing and not listed was deleted by hand.
    package static let erasesMember = "erases"

    package let index: LedgerIndex
    /// The text that is hashed, in the form of RFC 8785.
    package let leaf: String
    /// The content to which the leaf's commitment opens.
    package let evidence: LedgerEvidence?

    /// An entry of the members of `statement`; `index` and `commitment` are added. `evidence` is an object; the erasure
    /// of the contact in its member `contact` deletes it. The salt is random; only tests pass one.
    package init(
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
    package var leafHash: [UInt8] { MerkleHash.leaf([UInt8](leaf.utf8)) }
}
