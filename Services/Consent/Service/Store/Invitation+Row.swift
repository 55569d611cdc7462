import ConsentDomain
import FoundationEssentials
import Models
import PostgreSQL

extension Invitation {
    /// Reads the columns `told`, `told_at`, `tell_at` and `told_for`, beginning with column `first`.
    init(_ row: Row, from first: Int) throws {
        let told = try row.optionalText(first).map { try JSON(parsing: Array($0.utf8)) }
        var consents: [String: String] = [:]
        for member in told?["consents"]?.members ?? [] { consents[member.name] = member.value.text }
        self.init(
            isTold: told?["page"] == true, consents: consents,
            hold: told?["hold"]?.text.flatMap(Hold.init(rawValue:)),
            mail: told?["mail"]?.text.flatMap { UUID(uuidString: $0) }, mailedAt: try row.time(first + 1),
            tellAt: try row.time(first + 2), configuration: try row.optionalText(first + 3))
    }

    /// The column `told`; nil: nothing was told, and nothing is against it.
    var json: JSON? {
        guard isTold || hold != nil || !consents.isEmpty else { return nil }
        let versions = consents.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) }
        return JSON(present: [
            "page": .bool(isTold), "consents": versions.isEmpty ? nil : .object(versions),
            "hold": .text(hold?.rawValue), "mail": .text(mail?.text),
        ])
    }
}
