import ArgumentParser
import Ledger
import Models

/// `assent ledger prove`
struct LedgerProveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Prints a proof that an entry stands in the ledger.",
        discussion: """
            A JSON object: the entry's bytes, what its commitment opens to (who, with the evidence; gone after erasure),
            the path to the root, and the signed checkpoint. It is checked before it is printed, and by anybody later,
            without asking anything of this suite: assent ledger verify --proof FILE --keys KEYS. For the access log the
            token needs the permission read-access-log.

            Examples:
              assent ledger prove 3-1042 > proof.json
              assent ledger prove 3-17 --ledger consent > proof.json
            """)

    @Argument(help: "The entry, such as 3-1042: an index of assent log or of a decision.")
    var index: String

    @OptionGroup var ledger: LedgerOption
    @OptionGroup var keys: KeysOption
    @OptionGroup var token: TokenOption

    func validate() throws {
        guard LedgerIndex(index) != nil else { throw ValidationError("an index is such as 3-1042") }
    }

    func run() async throws {
        let keys = try await keys.read().keys(of: ledger.name)
        let asking = try await RequestSession.open(token: token.value)
        let answer = try await asking.answer(
            to: ledger.name.type("proof"), ["index": .string(index)], timeout: Timeout(.seconds(20)))
        await asking.close()
        guard let proof = LedgerProof(answer) else { throw Ending(.refused, "the reply holds no proof") }
        do throws(LedgerProof.Fault) {
            _ = try proof.verified(by: keys)
        } catch {
            throw Ending(.refused, "what the service answered proves nothing: \(error.sentence)")
        }
        guard proof.index?.description == index else {
            throw Ending(.refused, "what the service answered is a proof of another entry")
        }
        print(proof.json.pretty)
    }
}

extension LedgerProof.Fault {
    /// The fault as a sentence for the operator.
    var sentence: String {
        switch self {
        case .notSigned: "none of the ledger's keys has signed its checkpoint"
        case .notIncluded: "its path does not lead from the entry to the checkpoint's root"
        case .noEntry: "its entry is none of a ledger's"
        case .otherOpening: "what the entry is said to open to is not what it commits to"
        }
    }
}
