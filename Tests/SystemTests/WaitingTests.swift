import Foundation
import Testing

/// Scripts that run beside the other ones: those that measure no time, and those that wait most of their time, for
/// heartbeats, retries and leases. Scripts that stop a process at an exact moment come last, when the unit tests no
/// longer take the processors.
@Suite(.serialized, .enabled(if: canRunScripts))
struct WaitingTests {
    @Test("C0, C1, C3, X3 decisions are told when the vault has carried them out, once, and numbered without gap")
    func decisions() async throws { try await run("consent.py") }

    @Test("C1 the vault locks, clears and unlocks before a decision is told, whoever is stopped or killed")
    func decisionsWithVault() async throws { try await run("consent.py", "vault") }

    @Test("E1, C5 requests for an erasure or a copy are recorded, told once and listed by their due date")
    func erasure() async throws { try await run("erasure.py") }

    @Test("X5 requests that the erasure service's database lost are restored from consent")
    func erasureRestored() async throws { try await run("erasure.py", "consent") }

    @Test("V1, X4 keys are rotated while values are stored, command and vault killed, and nothing is lost")
    func keyRotation() async throws { try await run("key_rotation.py") }

    @Test("V1, V2, V4, V6, C1, X4 sealed values, masks, locks that clear, and no sensitive value on any disk")
    func vault() async throws { try await run("vault.py") }

    @Test("V5 contacts are found by what is visible, never by what is hidden, whoever is killed")
    func vaultFind() async throws { try await run("vault_find.py") }

    @Test("O4, O7, O15 all spellings of a mailbox are one address, before and after its key changes")
    func addresses() async throws { try await run("addresses.py") }

    @Test("contract section 5: contacts are found by attribute, status and list, page by page")
    func find() async throws { try await run("find.py") }

    @Test(
        "X5, C1, X1 a database that lost its last commits asks the others before it serves, and numbers nothing twice")
    func restored() async throws { try await run("restored.py") }

    @Test("X5 what was judged before a crash stays judged, and a partition has one writer")
    func judged() async throws { try await run("judged.py") }

    @Test("Q2 dead letters are listed, shown, judged again and discarded, and their publishers told")
    func letters() async throws { try await run("letters.py") }

    @Test("P6 links guessed, reused, expired, fetched by GET and HEAD change nothing")
    func links() async throws { try await run("links.py") }

    @Test("P6 what looks automatic confirms nothing, the mail's code tells a human, and nobody can guess it")
    func scanners() async throws { try await run("scanners.py") }

    @Test("a flood of questions holds up no page and no mail, and ends when nobody waits for its answers")
    func flood() async throws { try await run("questions_flood.py") }

    @Test("memory does not grow with the bytes that wait")
    func memory() async throws { try await run("memory.py") }

    @Test("X5 a stopped process, a broker and a database that go away and come back")
    func stalls() async throws { try await run("runtime_stalls.py") }

    @Test("N3 what the mail server answered is kept while the database is away")
    func keptAnswers() async throws { try await run("kept_answers.py") }

    @Test("N5 what is kept of mails, and for how long")
    func keptMails() async throws { try await run("kept_mails.py") }

    @Test("N3 a mail server that refuses, drops, dawdles, and a notifier that is killed: mails arrive once")
    func handOver() async throws { try await run("hand_over.py") }

    @Test("X3 a notifier stopped at any stage of an SMTP dialogue delivers nothing after an opt-out")
    func stoppedNotifier() async throws { try await run("stopped_notifier.py") }
}
