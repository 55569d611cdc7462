import PostgreSQL

/// One worker's connection to the database, opened when needed and replaced when lost.
final class DatabaseLink {
    private let address: DatabaseAddress
    private let name: String
    private var current: Connection?
    /// Nobody has looked yet at what was left in the outbox since this connection was opened.
    var isFresh = true
    /// How much the next transaction takes.
    var weight = BatchWeight()

    init(_ address: DatabaseAddress, name: String) {
        self.address = address
        self.name = name
    }

    func connection() async throws -> Connection {
        if let current, current.isOpen { return current }
        let opened = try await Connection.open(address, name: name, limits: .batches)
        current = opened
        isFresh = true
        return opened
    }

    /// Ends an open transaction; a connection that cannot do that is given up.
    func discardUnlessUsable() async {
        guard let connection = current else { return }
        do {
            try await connection.rollbackIfOpen()
        } catch {
            await close()
        }
    }

    func close() async {
        await current?.close()
        current = nil
    }
}
