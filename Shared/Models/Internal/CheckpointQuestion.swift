/// `internal.checkpoint`, notifier → consent, `data` empty: asks for the newest signed head of the ledger of decisions,
/// which travels in the header `Assent-Checkpoint` of every mail (X1). Answered as `consent.checkpoint`.
package enum CheckpointQuestion {
    /// Routing key.
    package static let type = "internal.checkpoint"
}
