/// How long a search may take each of its ways before it takes the next: a first page is there within 100 ms,
/// whatever the condition.
struct SearchPatience: Sendable {
    /// For the plan that the planner prefers: walking finds a page in this time where one of 700 meets the condition,
    /// and of those that fewer meet an index names all in as much again. Nil: not taken.
    var planned: Duration?
    /// For those whom an index names, sorted: a hundred thousand who stand together come in this time. Nil: not taken.
    var indexed: Duration?
    /// For walking over contacts in the order of their ids. At least one stretch is walked.
    var walk: Duration
    /// Contacts in the first stretch; each one after has twice as many. Few, since of the largest condition a thousand
    /// take seconds.
    var firstStretch = 1000

    /// For a page of so many: a larger one costs its reader more anyway.
    init(limit: Int) {
        let more = Duration.milliseconds(limit / 50)
        planned = .milliseconds(20) + more
        indexed = .milliseconds(50) + more
        walk = .milliseconds(20) + more
    }

    /// For tests: each way alone.
    init(planned: Duration?, indexed: Duration?, walk: Duration, firstStretch: Int) {
        self.planned = planned
        self.indexed = indexed
        self.walk = walk
        self.firstStretch = firstStretch
    }
}
