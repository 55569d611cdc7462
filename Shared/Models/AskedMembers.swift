import Synchronization

/// Notes which members of an object and of the objects in it a reader was asked for.
final class AskedMembers: Sendable {
    private let members: [JSON.Member]
    private let pointer: String
    private let state = Mutex(State())

    private struct State {
        var names: [String] = []
        /// The object was handed out as a whole, or its unknown members were refused already.
        var isJudged = false
        var children: [AskedMembers] = []
    }

    init(_ json: JSON, at pointer: String) {
        members = json.members ?? []
        self.pointer = pointer
    }

    func note(_ name: String) { state.withLock { $0.names.append(name) } }

    func noteAll() { state.withLock { $0.isJudged = true } }

    func child(_ json: JSON, at pointer: String) -> AskedMembers {
        let child = AskedMembers(json, at: pointer)
        state.withLock { $0.children.append(child) }
        return child
    }

    func refuseUnknown() throws(Refusal) {
        let judged = state.withLock { state in
            defer { state = State(isJudged: true) }
            return state
        }
        if !judged.isJudged {
            let known = Set(judged.names)
            for member in members where !known.contains(member.name) {
                throw Refusal(
                    .invalidField, Self.message(unlike: member.name, known: known.sorted()),
                    at: pointer + "/" + Reader.escaped(member.name))
            }
        }
        for child in judged.children { try child.refuseUnknown() }
    }

    private static func message(unlike name: String, known: [String]) -> String {
        if let near = nearestName(to: name, among: known) { return "is not known here; did you mean `\(near)`?" }
        return known.isEmpty
            ? "is not known here; nothing is" : "is not known here; known are " + known.joined(separator: ", ")
    }
}
