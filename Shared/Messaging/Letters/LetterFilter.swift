import FoundationEssentials
import Models
import PostgreSQL

/// Selects the dead letters of an operator's request: by id, or by contact, code and type.
struct LetterFilter: Sendable {
    /// Letter ids that one request may contain.
    static let mostLetters = 1000

    let letters: [UUID]?
    private let contact: String?
    private let code: String?
    private let type: String?

    /// Reads the filter of a request.
    ///
    /// - Parameter named: whether the request may select by `letters`; it must then contain at least one criterion.
    init(reading data: Reader, named: Bool) throws(Refusal) {
        try Self.requireService(data)
        contact = try data.optionalText("contact", limit: 128)
        code = try data.optionalText("code", limit: 64)
        type = try data.optionalText("type", limit: 128)
        guard named else {
            letters = nil
            return
        }
        guard data.optional("letters") != nil else {
            letters = nil
            guard contact ?? code ?? type != nil else {
                throw data.refusal("letters", "is required, or one of contact, code and type")
            }
            return
        }
        var letters: [UUID] = []
        for (json, pointer) in try data.array("letters", limit: Self.mostLetters) {
            guard let id = json.text.flatMap({ UUID(uuidString: $0) }) else {
                throw Refusal(.invalidField, "must be a letter's id, a UUID", at: pointer)
            }
            letters.append(id)
        }
        self.letters = letters
    }

    /// Requires a known service name. `QueryWorker` has checked that the request is for this service, or that its name
    /// is unknown.
    static func requireService(_ data: Reader) throws(Refusal) {
        guard SuiteService(rawValue: try data.name("service")) == nil else { return }
        let names = SuiteService.allCases.map(\.rawValue).joined(separator: ", ")
        throw data.refusal("service", "must be one of \(names)")
    }

    /// A condition on `dead_letter` with the placeholders `$1` and so on, and their values.
    var condition: (text: String, parameters: [Parameter]) {
        var parts: [String] = []
        var parameters: [Parameter] = []
        func add(_ part: String, _ parameter: Parameter) {
            parameters.append(parameter)
            parts.append(part.replacing("$", with: "$\(parameters.count)"))
        }
        if let letters { add("id = ANY ($::uuid[])", .uuids(letters)) }
        if let contact { add("contact = $", .text(contact)) }
        if let code { add("code = $", .text(code)) }
        if let type { add("type = $", .text(type)) }
        return (parts.isEmpty ? "true" : parts.joined(separator: " AND "), parameters)
    }
}
