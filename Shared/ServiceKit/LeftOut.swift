import Logging
import Metrics
package import Models
package import Settings
import Synchronization

/// Names that are logged in the life of a process; further ones are only counted, so that no flood fills the log.
private let mostNames = 100
/// Bytes of a name that is logged.
private let longestName = 64
/// Digits of a name that is logged; a key with more may be somebody's personal number.
private let mostDigits = 5

/// Counts the parts of messages that are left out: profile keys that the configuration declares nowhere (V7), lists
/// that it does not know, and locales that are no language tags. Logs each name once, never a value.
package final class LeftOut: Sendable {
    private enum Kind: String { case profileKey = "profile-key", list, locale }

    private let declared: Set<String>
    private let lists: Set<String>
    private let named = Mutex<Set<String>>([])
    private let keys = LeftOut.counter(.profileKey)
    private let unknownLists = LeftOut.counter(.list)
    private let locales = LeftOut.counter(.locale)
    private let log = Logger(label: "left out")

    /// Takes the declared names from the configuration.
    package init(_ settings: Settings) {
        declared = Set(settings.attributes.keys).union(settings.fields.keys)
        lists = Set(settings.lists.map(\.name))
    }

    /// Counts the parts of a `contact.created` or `contact.updated` that are left out.
    package func note(_ change: ContactChange) { note(change.profile, change.hasUnreadableLocale) }

    /// Counts the parts of a form that are left out.
    package func note(_ form: WebformSubmitted) { note(form.profile, form.hasUnreadableLocale) }

    private func note(_ profile: [ContactChange.Entry], _ hasUnreadableLocale: Bool) {
        if hasUnreadableLocale { locales.increment() }
        for entry in profile where !declared.contains(entry.name) {
            keys.increment()
            tell(
                entry.name, as: "key",
                "a profile key is left out: the configuration declares it neither under attributes nor under fields")
        }
    }

    /// Returns those of a form's lists that the configuration knows, and counts the others.
    package func knownLists(_ names: [String]) -> [String] {
        names.filter { name in
            if lists.contains(name) { return true }
            unknownLists.increment()
            // Anybody may send a form: a text that does not look like a list's name is not logged.
            let isName = name.utf8.count <= longestName && name.wholeMatch(of: /[A-Za-z][A-Za-z0-9_-]*/) != nil
            tell(
                isName ? name : "@", as: "list",
                "a list of a web form is left out: the configuration does not declare it under lists")
            return false
        }
    }

    private func tell(_ name: String, as label: String, _ message: Logger.Message) {
        let (isNew, count) = named.withLock { named in
            guard named.count < mostNames else { return (false, named.count) }
            return (named.insert(name.cut(toBytes: longestName)).inserted, named.count)
        }
        guard isNew else { return }
        log.warning(
            message,
            metadata: [label: "\(Self.isTellable(name) ? name.cut(toBytes: longestName) : "(not told: is no name)")"])
        if count == mostNames {
            log.warning("the limit of 100 logged names is reached; further left-out names are counted and not logged")
        }
    }

    /// Whether a key may be logged: not one that contains a value, such as an address or a number.
    private static func isTellable(_ name: String) -> Bool {
        name.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "@") }
            && name.utf8.count { (0x30...0x39).contains($0) } <= mostDigits
    }

    private static func counter(_ kind: Kind) -> Counter {
        Counter(label: "assent_left_out_total", dimensions: [("kind", kind.rawValue)])
    }
}
