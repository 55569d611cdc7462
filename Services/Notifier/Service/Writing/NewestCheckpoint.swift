import Foundation
import Logging
import Messaging
import Models
import Synchronization

/// Time between two questions: a checkpoint is made each second while there is something new.
private let interval = Duration.seconds(5)
/// Timeout of a question.
private let patience = Duration.seconds(2)

/// The newest signed head of the ledger of decisions, for the header `Assent-Checkpoint` of every mail: mails leave the
/// operator's reach, so that nobody can take a head back later (X1).
final class NewestCheckpoint: Sendable {
    private let note = Mutex<String?>(nil)

    /// The header's value: the signed note (C2SP) in base64; nil: nothing was decided yet, or consent was never
    /// reached.
    var header: String? { note.withLock { $0.map { Data($0.utf8).base64EncodedString() } } }

    /// Asks consent again and again. A mail does not wait for the answer: it carries the last head that is known.
    func watch(_ asker: Asker, log: Logger) -> Periodic {
        Periodic(every: interval, failure: "reading the ledger's checkpoint failed; mails carry the last one", log: log)
        {
            do throws(AskError) {
                let data = try await asker.ask(CheckpointQuestion.type, subject: "ledger", [:], timeout: patience)
                if let newest = data["checkpoint"]?.text { self.note.withLock { $0 = newest } }
            } catch {
                // Consent is away, or has recorded nothing yet.
            }
        }
    }

    /// For tests.
    func set(_ newest: String?) { note.withLock { $0 = newest } }
}
