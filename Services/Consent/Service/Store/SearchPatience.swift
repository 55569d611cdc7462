/// The timeouts of a search's query plans; they let a first page arrive within 100 ms for any condition.
struct SearchPatience: Sendable {
    /// For the planner's choice. In this time a walk finds a page if one contact in 700 matches; if fewer match, an
    /// index search takes as long again. Nil: not tried.
    var planned: Duration?
    /// For the index search with a sort: 100,000 adjacent matches take this time. Nil: not tried.
    var indexed: Duration?
    /// For the walk in the order of ids. At least one stretch is walked.
    var walk: Duration
    /// Contacts in the first stretch; each further stretch has twice as many. Small, because the largest condition
    /// takes seconds per thousand contacts.
    var firstStretch = 1000

    /// Timeouts for a page of `limit` contacts: a larger page gets more time.
    init(limit: Int) {
        let more = Duration.milliseconds(limit / 50)
        planned = .milliseconds(20) + more
        indexed = .milliseconds(50) + more
        walk = .milliseconds(20) + more
    }

    /// For tests: runs each plan alone.
    init(planned: Duration?, indexed: Duration?, walk: Duration, firstStretch: Int) {
        self.planned = planned
        self.indexed = indexed
        self.walk = walk
        self.firstStretch = firstStretch
    }
}
