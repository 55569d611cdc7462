package import FoundationEssentials
package import Models

/// What comes up within this time after a mail goes in one mail at its end (P3).
private let gatheringTime = Duration.seconds(3600)

/// A mail that tells a contact of the page, or of consents on it (P3).
package struct Telling: Sendable, Equatable {
    package let kind: NoticeMail
    /// The id of the mail's row.
    package let mail: UUID
    /// The consents that it lists; none in an invitation.
    package let items: [NoticeItem]
}

/// Contacts are told of their page, and of each consent that comes to be shown there or gets a new text (P3).
///
/// ### Legal transitions
/// untold → told, once; each consent and version is told of once, too. A mail that was not sent leaves the contact
/// untold, and on hold until the opt-in changes or a user asks.
extension ConsentContact {
    /// Decides whether there is something to tell, and returns the mail that tells it now. Within an hour of the last
    /// mail it is gathered.
    package mutating func tell(_ rules: PageRules, at now: Timestamp, mail: @autoclosure () -> UUID) -> Telling? {
        invitation.configuration = rules.configuration
        guard invitation.hold == nil, mayBeTold, hasPage(rules), rules.notify?.matches(facts) ?? true else {
            invitation.tellAt = nil
            return nil
        }
        let untold = untold(rules)
        guard !invitation.isTold || !untold.isEmpty else {
            invitation.tellAt = nil
            return nil
        }
        if let last = invitation.mailedAt, now < last + gatheringTime {
            invitation.tellAt = last + gatheringTime
            return nil
        }
        return told(untold, at: now, mail: mail())
    }

    /// A user has the contact told of the page. Returns the mail, or the reason against it.
    package mutating func invite(
        _ rules: PageRules, at now: Timestamp, mail: UUID
    ) -> (telling: Telling?, refusal: String?) {
        guard exists else { return (nil, "unknown") }
        guard erasure.value != .completed else { return (nil, "erased") }
        guard processing == .active else { return (nil, "stopped") }
        guard hasPage(rules) else { return (nil, "no-page") }
        guard !invitation.isTold else { return (nil, "already-told") }
        invitation.hold = nil
        invitation.configuration = rules.configuration
        return (told(untold(rules), at: now, mail: mail), nil)
    }

    /// A publisher named the contact, so that not only a form has.
    package mutating func isVouchedFor(withAddress: Bool) {
        if invitation.hold == .form || invitation.hold == .failed && withAddress { invitation.hold = nil }
    }

    /// The opt-in status changed. A form alone, or an opt-out, changes nothing.
    package mutating func isConfirmed(by status: String) {
        switch (status, invitation.hold) {
        case ("double-opt-in", _), ("single-opt-in-user", _), ("none", .failed): invitation.hold = nil
        default: break
        }
    }

    /// A mail was not sent: the contact has not been told of the page.
    package mutating func invitationFailed(_ mail: UUID) {
        guard invitation.mail == mail else { return }
        invitation.isTold = false
        invitation.consents = [:]
        invitation.mail = nil
        invitation.mailedAt = nil
        invitation.tellAt = nil
        invitation.hold = .failed
    }

    private var mayBeTold: Bool { exists && processing == .active && erasure.value == .none }

    private func untold(_ rules: PageRules) -> [DeclaredConsent] {
        rules.consents.filter { sees($0, rules) && invitation.consents[$0.name] != $0.version }
    }

    private mutating func told(_ untold: [DeclaredConsent], at now: Timestamp, mail: UUID) -> Telling {
        let kind: NoticeMail = invitation.isTold ? .newConsents : .invitation
        let items = untold.map { consent in
            NoticeItem(consent.name, invitation.consents[consent.name] == nil ? .new : .newText)
        }
        for consent in untold { invitation.consents[consent.name] = consent.version }
        if kind == .invitation { invitation.mail = mail }
        invitation.isTold = true
        invitation.mailedAt = now
        invitation.tellAt = nil
        return Telling(kind: kind, mail: mail, items: kind == .invitation ? [] : items)
    }
}

extension Condition {
    /// Whether it depends on what the contact chose, besides the profile.
    package var readsChoices: Bool {
        switch self {
        case .all(let conditions), .any(let conditions): conditions.contains(where: \.readsChoices)
        case .not(let condition): condition.readsChoices
        case .leaf(.profile, _), .leaf(.locale, _): false
        case .leaf(.optIn, _), .leaf(.list, _), .leaf(.consent, _), .leaf(.processing, _), .leaf(.erasure, _): true
        }
    }
}

extension PageRules {
    /// Whether what the contact chose can change what the contact is to be told.
    package var readsChoices: Bool {
        let conditions = [audience, notify] + consents.map(\.shown)
        return conditions.contains { $0?.readsChoices ?? false }
    }
}
