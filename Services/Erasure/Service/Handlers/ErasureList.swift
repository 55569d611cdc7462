import Messaging
import Models
import PostgreSQL
import Settings

/// Requests of one answer: the default and the maximum.
private let ordinaryLimit: Int64 = 100
private let mostRequests: Int64 = 10_000
/// Bytes of a cursor.
private let longestCursor = 256

/// `erasure.list` †: the requests for an erasure or a copy, the first due first (E1).
struct ErasureList: QueryHandler {
    static let type = "erasure.list"
    static let exchange = Exchange.requests

    let list: RequestList

    static var permission: Permission? { .erase }

    init(reading data: Reader) throws(Refusal) {
        let after = try data.optionalText("after", limit: longestCursor).map { (text) throws(Refusal) in
            guard let cursor = RequestList.Cursor(text) else {
                throw data.refusal("after", "is no cursor that an answer gave")
            }
            return cursor
        }
        let limit = data.optional("limit") == nil ? ordinaryLimit : try data.integer("limit", in: 1...mostRequests)
        list = RequestList(
            selection: data.optional("state") == nil ? nil : try data.choice("state"),
            kind: data.optional("kind") == nil ? nil : try data.choice("kind"), after: after, limit: Int(limit))
    }

    func answer(_ context: QueryContext<ErasureEnvironment>) async throws -> JSON {
        try list.page(of: try await context.pool.run([list.statement(at: context.now)])[0], at: context.now)
    }
}
