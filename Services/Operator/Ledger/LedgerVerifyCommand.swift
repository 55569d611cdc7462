import ArgumentParser
import Ledger
import Models

/// `assent ledger verify`
struct LedgerVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Finds and locates what was edited, deleted, reordered, inserted or cut off in the ledger's rows.",
        discussion: """
            The service reads its whole ledger in one snapshot; this command checks the signature of the head that it
            reached, and that it goes on from each checkpoint given by --since. The token needs the permission
            read-access-log.

            What the rows alone cannot show is a ledger cut off together with its last checkpoints, an old backup put
            in its place, or one written anew: what is left is whole in itself. A checkpoint kept outside the database
            shows it, and only that: keep one now and then (assent ledger checkpoint). Keep the keys too (--keys), for
            whoever can change what is published can publish others. Within a second of its recording, before its
            checkpoint, an entry can still be replaced unseen.

            Exit codes: 0 intact, 1 something was changed, 2 usage or no permission, 3 nobody can answer now,
            4 no answer in time.

            Examples:
              assent ledger verify --since kept.note --since proof.json
              assent ledger verify --ledger consent
              assent ledger verify --proof proof.json --keys keys.json     # asks nobody
            """)

    private static let patience = Duration.seconds(5)

    @Option(
        help: ArgumentHelp(
            """
            A checkpoint that was kept: a signed note, a fact ledger.checkpoint or a proof. May be given 16 times.
            """, valueName: "file"))
    var since: [String] = []

    @Option(help: ArgumentHelp("Check this proof of assent ledger prove alone, asking nobody.", valueName: "file"))
    var proof: String?

    @OptionGroup var ledger: LedgerOption
    @OptionGroup var keys: KeysOption

    @Flag(help: "Print the result as a JSON object.")
    var json = false

    @Option(help: "How long to wait for the service, such as 30s, 10m.")
    var timeout = Timeout(.seconds(600))

    @OptionGroup var token: TokenOption

    func validate() throws {
        guard proof == nil || since.isEmpty else { throw ValidationError("--proof goes without --since") }
        guard since.count <= 16 else { throw ValidationError("at most 16 --since") }
    }

    func run() async throws {
        let witnesses = try since.map { (path) throws(Ending) in try Witness(path: path) }
        let proof = try proof.map { (path) throws(Ending) in try Self.proof(at: path) }
        let keys = try await keys.read()
        if let proof {
            // A proof names its ledger itself.
            return try check(
                proof, try ledger.chosen.map { (name) throws(Ending) in try keys.keys(of: name) } ?? keys.all)
        }
        for witness in witnesses { try keys.require(witness, of: ledger.name) }
        let verdict = try await audit(witnesses, try keys.keys(of: ledger.name))
        if json {
            print(verdict.json.pretty)
        } else {
            for line in verdict.lines { print(Terminal.printable(line)) }
            if verdict.isIntact, witnesses.isEmpty {
                Terminal.complain(
                    "no kept checkpoint was given (--since): a tail cut off with its checkpoints is not seen")
            }
        }
        guard verdict.isIntact else { throw Ending(.refused) }
    }

    private func audit(_ witnesses: [Witness], _ keys: [NoteVerifierKey]) async throws(Ending) -> AuditVerdict {
        let audit = AuditVerdict.Question(witnesses, keys: keys)
        let asking = try await RequestSession.open(token: token.value)
        let progress = Task { [ledger] in await Self.tellWhileWaiting(ledger.name) }
        defer { progress.cancel() }
        let answer = try await asking.answer(
            to: ledger.name.type("audit"), audit.data, timeout: timeout, or: \.endingApart)
        await asking.close()
        return try AuditVerdict(answer, to: audit)
    }

    /// Reports progress, because the audit of a large ledger takes long.
    private static func tellWhileWaiting(_ ledger: LedgerName) async {
        let begun = ContinuousClock.now
        while true {
            do { try await Task.sleep(for: patience) } catch { return }
            let seconds = (ContinuousClock.now - begun).components.seconds
            Terminal.complain("the ledger of \(ledger.rawValue) is being read, since \(seconds) s")
        }
    }

    private static func proof(at path: String) throws(Ending) -> LedgerProof {
        let input = InputFile(path: path)
        guard let json = try? JSON(parsing: try input.read()), let proof = LedgerProof(json) else {
            throw Ending(.usage, "\(input.name) holds no proof of assent ledger prove")
        }
        return proof
    }

    private func check(_ proof: LedgerProof, _ keys: [NoteVerifierKey]) throws(Ending) {
        do throws(LedgerProof.Fault) {
            let checkpoint = try proof.verified(by: keys)
            let opening = proof.json["opening"]
            if json {
                let shown = JSON(present: [
                    "intact": true, "entry": proof.statement, "opening": opening,
                    "leafIndex": .number(String(proof.leafIndex)), "size": .number(String(checkpoint.size)),
                ])
                return print(shown.pretty)
            }
            let index = proof.index?.description ?? ""
            print(
                Terminal.printable(
                    "intact: entry \(index) is number \(proof.leafIndex) of \(checkpoint.size) in \(checkpoint.origin)")
            )
            print((proof.statement ?? .null).pretty)
            print(opening.map { "It opens to\n" + $0.pretty } ?? "What it opens to was not given, or erased.")
        } catch {
            if json { print(JSON(present: ["intact": false, "fault": .string(error.sentence)]).pretty) }
            throw Ending(.refused, json ? nil : "the proof does not hold: \(error.sentence)")
        }
    }
}
