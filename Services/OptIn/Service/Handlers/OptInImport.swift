import Messaging
import Models
import OptInDomain
import Settings

/// `optin.import`: users' statuses for many contacts (O5); each is applied after all messages published before it.
struct OptInImport: Handler {
    static let type = "optin.import"
    static let exchange = Exchange.requests
    static let isAboutOneContact = false
    private let contacts: JSON
    private let hasOptOuts: Bool

    static var permission: Permission? { .importOptIns }

    init(reading data: Reader) throws(Refusal) {
        var hasOptOuts = false
        contacts = .array(
            try data.objects("contacts", limit: SelectedContacts.limit).map { (reader) throws(Refusal) in
                guard let contact = ContactID(try reader.text("contact")) else {
                    throw reader.refusal("contact", "must be a contact id")
                }
                let status: ImportedStatus = try reader.choice("status")
                if status.status.isOptOut { hasOptOuts = true }
                return [.string(contact.text), .string(status.rawValue)]
            })
        self.hasOptOuts = hasOptOuts
    }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        [.job(["contacts": contacts], afterLeases: hasOptOuts)]
    }
}

/// Statuses that an import may set.
enum ImportedStatus: String, CaseIterable {
    case singleOptInUser = "single-opt-in-user"
    case optOutUser = "opt-out-user"

    var status: OptInStatus {
        switch self {
        case .singleOptInUser: .singleOptInUser
        case .optOutUser: .optOutUser
        }
    }
}

/// The job of an `optin.import`.
struct ImportJob: ContactJobWork {
    static let itemType = JobItem.importType

    func select(_ job: Job) async throws -> JobPage { try SelectedContacts.page(job) }

    func message(_ job: Job, number: Int, _ item: JobPage.Item) -> JSON {
        JobItem(job: job.id, number: number, detail: item.detail, user: job.user?.text).json
    }

    static let counted: Set<String> = [ImportItem.changed, ImportItem.same]

    func result(_ outcomes: JobOutcomes) -> JSON {
        let changed = outcomes.counts[ImportItem.changed] ?? 0
        return ["changed": .number(String(changed)), "refused": SelectedContacts.refused(outcomes)]
    }
}

/// `internal.import`: one contact of an import.
struct ImportItem: Handler {
    static let type = JobItem.importType
    static let exchange = Exchange.internal
    static let sender: SuiteService? = .optin
    static let changed = "changed"
    static let same = "same"
    private let item: JobItem
    private let status: OptInStatus

    init(reading data: Reader) throws(Refusal) {
        item = try JobItem(reading: data)
        let status: ImportedStatus = try data.choice("detail")
        self.status = status.status
    }

    func decide(_ state: inout OptIn, _ context: Context<OptIn>) throws(Refusal) -> [Effect] {
        do throws(Refusal) {
            let consequences = try state.set(status, .importing, user: item.user, at: context.now)
            return context.effects(of: consequences, on: state) + [
                done(consequences.isEmpty ? Self.same : Self.changed)
            ]
        } catch {
            let reasons: [Refusal.Code: String] = [.unknownContact: "unknown", .locked: "stopped"]
            return [done(reasons[error.code] ?? error.code.rawValue)]
        }
    }

    private func done(_ outcome: String) -> Effect { .itemDone(job: item.job, number: item.number, outcome: outcome) }
}
