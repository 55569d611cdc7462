/// `internal.engagement`, web → consent, subject = the contact, `data` an `Engagement`: a tracking pixel or a tracked
/// link was fetched (C2).
package enum EngagementNotice {
    /// Routing key.
    package static let type = "internal.engagement"
}
