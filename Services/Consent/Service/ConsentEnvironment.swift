package import ConsentDomain
import ConsentPages
import Cryptography
import FoundationEssentials
import LedgerService
import Messaging
import Models
import ServiceKit
import Settings

/// Settings, keys and names that handlers and pages need besides the state.
package struct ConsentEnvironment: Sendable {
    let settings: Settings
    let linkKeyFile: KeyRingFile
    /// Without a trailing slash.
    let publicURL: String
    /// Names of attributes.
    let attributes: Set<String>
    /// Names of sensitive fields.
    let sensitiveFields: SensitiveNames
    let leftOut: LeftOut
    /// The names that a condition may use.
    let vocabulary: Condition.Vocabulary
    /// In the order in which the page shows them.
    let consents: [DeclaredConsent]
    /// The consent that engagement tracking needs; nil: none is declared, so that nothing is tracked (C2).
    let tracking: DeclaredConsent?
    let droppedEngagement = DroppedEngagement()
    /// The page's configuration.
    let rules: PageRules
    /// In the order of the configuration (C6).
    let workflows: [WorkflowRule]
    /// Whether contacts are told of the page by this configuration; nil in tests that do not need it.
    var telling: TellingState?
    private let consentsByName: [String: DeclaredConsent]
    /// The ledger of decisions; nil in tests that do not need it.
    var ledger: ServiceLedger?
    /// Reads the ledger by contact; nil in tests that do not need it.
    var history: DecisionHistory?

    init(settings: Settings, linkKeys: KeyRingFile, publicURL: String) {
        self.settings = settings
        linkKeyFile = linkKeys
        self.publicURL = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
        attributes = Set(settings.attributes.keys)
        sensitiveFields = settings.sensitiveNames
        leftOut = LeftOut(settings)
        vocabulary = settings.vocabulary
        rules = PageRules(settings)
        consents = rules.consents
        workflows = settings.workflows.map(WorkflowRule.init)
        let trackingName = settings.consents.first { $0.kind == .tracking }?.name
        tracking = consents.first { $0.name == trackingName }
        consentsByName = Dictionary(uniqueKeysWithValues: consents.map { ($0.name, $0) })
    }

    /// The consent that governs a field (C1); nil: the configuration no longer declares one.
    func consent(of field: String) -> DeclaredConsent? { consents.first { $0.field == field } }

    /// The keys that make and open links.
    var linkKeys: KeyRing { linkKeyFile.ring }

    /// The consent that a message names. Throws a refusal if it is not declared.
    func consent(_ name: String) throws(Refusal) -> DeclaredConsent {
        guard let consent = consentsByName[name] else {
            throw Refusal(.invalidField, "names no declared consent", at: "/data/consent")
        }
        return consent
    }
}

extension ConsentContact: Aggregate {
    /// Settings and keys.
    package typealias Environment = ConsentEnvironment
}
