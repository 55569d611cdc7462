public import Models

extension OptIn {
    /// Another service remembers an opt-out that this database has lost (X5): it holds again. What is stricter already,
    /// and anything but an opt-out, stays as it is.
    public mutating func recover(_ lost: OptInStatus, at now: Timestamp) -> [Consequence] {
        guard lost.isOptOut, status != .optOutContact, status != lost else { return [] }
        create(at: now)
        endAsking()
        return change(to: lost, by: .suite, .recovered, Change.Evidence(), at: now)
    }
}
