import Cryptography
import Models
package import Settings

extension Settings {
    /// Names what of the configuration decides who is told of what (P3): a change of anything else tells nobody
    /// anything.
    package var tellingConfiguration: String? {
        guard let whole = try? JSON(parsing: canonicalJSON) else { return nil }
        let consents = (whole["consents"]?.members ?? []).map { consent in
            JSON.Member(
                consent.name,
                JSON(present: ["version": consent.value["version"], "shown": consent.value["shown"]]))
        }
        let parts = JSON(present: [
            "audience": whole["page"]?["audience"], "notify": whole["page"]?["notify"],
            "consents": .object(consents.sorted { $0.name < $1.name }),
        ])
        return Base64URL.encode(Array(Digest.sha256(Array(parts.serialized.utf8)).prefix(12)))
    }
}
