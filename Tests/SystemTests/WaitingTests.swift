import Foundation
import Testing

/// Scripts that wait most of their time, for heartbeats, retries and leases: they run beside the other ones. Those that
/// stop a process at an exact moment come last, when the unit tests no longer take the processors.
@Suite(.serialized, .enabled(if: canRunScripts))
struct WaitingTests {
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
