import Metrics

/// Counts engagements that become no fact (C2). All label values are there from the start.
package struct DroppedEngagement: Sendable {
    enum Reason: String, CaseIterable {
        /// The contact does not allow tracking.
        case noConsent = "no-consent"
        /// One mail's links were fetched more often than the limit per token allows.
        case tooMany = "too-many"
        /// The broker was away for so long that too many waited.
        case notPublished = "not-published"
    }

    private let counters = Reason.allCases.map { reason in
        Counter(label: "assent_engagement_dropped_total", dimensions: [("reason", reason.rawValue)])
    }

    func count(_ reason: Reason, _ amount: Int = 1) {
        for (counter, one) in zip(counters, Reason.allCases) where one == reason { counter.increment(by: amount) }
    }
}
