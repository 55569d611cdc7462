package import Models

/// The properties of a contact that decide whether a mail may be sent.
package struct Recipient: Sendable, Equatable {
    package let status: OptInStatus
    /// A form was submitted after an opt-out and the contact has not confirmed it (O7).
    package let isUnconfirmed: Bool
    /// The contact has stopped the use of their data (C4).
    package let isStopped: Bool
    /// Lists subscribed to.
    package let lists: [String]
    /// The keyed hashes of the address, as far as known.
    package let addressHashes: [String]

    package init(
        status: OptInStatus, isUnconfirmed: Bool, isStopped: Bool = false, lists: [String],
        addressHashes: [String] = []
    ) {
        self.addressHashes = addressHashes
        self.status = status
        self.isUnconfirmed = isUnconfirmed
        self.isStopped = isStopped
        self.lists = lists
    }
}

/// The reason why a mail may not be sent; nil if it may (O8, O9). A stopped contact gets replies only (C4).
///
/// - Parameters:
///   - recipient: nil: the contact is unknown.
///   - answers: for a reply, whether it answers a mail that the contact sent within the reply window.
package func refusalToSend(
    _ category: MailCategory, to recipient: Recipient?, list: String?, answers: Bool, policy: SendPolicy
) -> String? {
    guard let recipient else { return "unknown" }
    switch category {
    case .reply:
        return answers ? nil : "no-conversation"
    case .campaign:
        if let reason = refusalOfNewMail(to: recipient) { return reason }
        guard policy.accepts(recipient.status) else { return recipient.status.rawValue }
        if let list, !recipient.lists.contains(list) { return "not-on-list" }
        return nil
    case .autoresponder, .workflow, .adHoc:
        return refusalOfNewMail(to: recipient)
    }
}

private func refusalOfNewMail(to recipient: Recipient) -> String? {
    if recipient.isStopped { return "stopped" }
    if recipient.isUnconfirmed { return "unconfirmed" }
    return recipient.status.isOptOut ? recipient.status.rawValue : nil
}
