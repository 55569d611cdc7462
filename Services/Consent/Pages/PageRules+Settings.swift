package import ConsentDomain
import Models
package import Settings

extension PageRules {
    /// The page of a configuration.
    package init(_ settings: Settings) {
        self.init(
            audience: settings.page.audience, consents: settings.consents.map { DeclaredConsent($0) },
            lists: Set(settings.lists.map(\.name)), buttons: Set(settings.page.buttons.map(\.change)),
            withdrawsAtOnce: settings.page.withdrawal == .atOnce, linkLife: settings.optIn.linkLife,
            notify: settings.page.notify, configuration: settings.tellingConfiguration)
    }
}

extension DeclaredConsent {
    package init(_ consent: Settings.Consent) {
        let field: String? = if case .field(let name) = consent.kind { name } else { nil }
        self.init(
            name: consent.name, version: consent.version, isGrantedByDefault: consent.standard == .granted,
            field: field, shown: consent.shown, isEditable: consent.editable,
            texts: consent.text, expiry: consent.expiry.map(GrantExpiry.init))
    }
}

extension Settings.Button {
    fileprivate var change: PageChange {
        switch self {
        case .stopProcessing: .stop
        case .access: .access
        case .erase: .erase
        }
    }
}

extension GrantExpiry {
    fileprivate init(_ expiry: Settings.Expiry) {
        self.init(validFor: expiry.validFor, renewBefore: expiry.renewBefore, clearAfter: expiry.clearAfter)
    }
}
