package import FoundationEssentials
package import Models

/// The erasure service's state of one contact: the requests for an erasure or a copy of the data (E1), and the orders
/// of the consent service that are in force (C5).
///
/// ### Legal transitions
/// A request begins as open. At most one of each kind is open.
package struct ErasureContact: Sendable, Equatable {
    /// A contact that is not stored.
    package static let unknown = ErasureContact()

    /// The last order about a kind of request.
    package struct Order: Sendable, Equatable {
        /// The order in force.
        package let id: UUID
        /// The order's number.
        package let sequence: Int64
        /// The request that was open when the order came into force.
        package let request: UUID

        /// Restores a stored order.
        package init(id: UUID, sequence: Int64, request: UUID) {
            self.id = id
            self.sequence = sequence
            self.request = request
        }
    }

    /// A request as it is after a decision.
    package struct Recorded: Sendable, Equatable {
        package let request: RightsRequest
        /// Whether the decision made it. If not, it is one that was made before.
        package let isNew: Bool
    }

    /// Rows that a batch's messages add or change.
    package struct Unsaved: Sendable, Equatable {
        package internal(set) var requests: [RightsRequest] = []
        package internal(set) var events: [(request: UUID, event: RightsRequest.Event)] = []
        /// Kinds whose order changed.
        package internal(set) var orders: Set<RightsKind> = []

        package static func == (one: Unsaved, other: Unsaved) -> Bool {
            one.requests == other.requests && one.orders == other.orders
                && one.events.elementsEqual(other.events) { $0 == $1 }
        }
    }

    /// Oldest first.
    package private(set) var requests: [RightsRequest]
    /// The order in force about each kind.
    package private(set) var orders: [RightsKind: Order]
    /// What is to be saved.
    package private(set) var unsaved = Unsaved()

    /// Restores a stored contact.
    package init(requests: [RightsRequest] = [], orders: [RightsKind: Order] = [:]) {
        self.requests = requests
        self.orders = orders
    }

    /// The contact without changes, as it is once all of them are saved.
    package var saved: ErasureContact { ErasureContact(requests: requests, orders: orders) }

    /// `erasure.request`: records a request, unless one of its kind is open.
    package mutating func request(_ request: RightsRequest, by person: String) -> Recorded {
        record(request, RightsRequest.Event(at: request.createdAt, what: .requested, by: person))
    }

    /// `internal.rights-request`: records what the contact asked for on the page, and takes the order into force by the
    /// rule that all receivers of orders share (X5).
    ///
    /// The request gets the order's id and time, so that a restored request is the one that the contact was told of. An
    /// order that is newer but does not come into force is recorded all the same, since the contact did ask; the answer
    /// makes the consent service order again.
    ///
    /// - Parameter epoch: the newest epoch heard from the consent service.
    package mutating func take(_ order: RightsRequestOrder, since epoch: Int64, at now: Timestamp) -> Recorded {
        let head = order.head, last = inForce(order.kind)
        if head.sequence <= last.sequence, let request = ordered(order.kind) {
            return Recorded(request: request, isNew: false)
        }
        let made = RightsRequest(
            id: head.order, kind: order.kind, channel: order.channel, createdAt: head.order.made(before: now))
        let recorded = record(made, RightsRequest.Event(at: made.createdAt, what: .requested, by: "contact"))
        if last.isFollowed(by: head, since: epoch) {
            follow(head.order, head.sequence, on: order.kind, recorded.request)
        }
        return recorded
    }

    /// Restores an order that this database lost and the consent service remembers (X5), with its request. Nil where
    /// the order is known.
    package mutating func recall(_ inForce: OrderInForce, of kind: RightsKind, at now: Timestamp) -> Recorded? {
        guard let order = inForce.order, self.inForce(kind).isOlder(than: inForce) else { return nil }
        let made = RightsRequest(
            id: order, kind: kind, channel: "recovered", createdAt: order.made(before: now))
        let recorded = record(made, RightsRequest.Event(at: now, what: .recovered, by: "suite"))
        follow(order, inForce.sequence, on: kind, recorded.request)
        return recorded
    }

    /// The order in force about a kind, in the form sent to the consent service.
    package func inForce(_ kind: RightsKind) -> OrderInForce {
        guard let order = orders[kind] else { return .none(state: "none") }
        return OrderInForce(
            order: order.id, sequence: max(0, order.sequence), state: RightsRequestDone.requested)
    }

    /// The request that the order in force led to.
    private func ordered(_ kind: RightsKind) -> RightsRequest? {
        requests.first { $0.id == orders[kind]?.request }
    }

    private mutating func record(_ request: RightsRequest, _ event: RightsRequest.Event) -> Recorded {
        let known = requests.first { $0.id == request.id || $0.kind == request.kind && $0.isOpen }
        if let known { return Recorded(request: known, isNew: false) }
        requests.append(request)
        unsaved.requests.append(request)
        unsaved.events.append((request.id, event))
        return Recorded(request: request, isNew: true)
    }

    private mutating func follow(_ order: UUID, _ sequence: Int64, on kind: RightsKind, _ request: RightsRequest) {
        orders[kind] = Order(id: order, sequence: sequence, request: request.id)
        unsaved.orders.insert(kind)
    }
}

extension UUID {
    /// When an order with this id was placed. An id without a time, or one of a clock that is ahead, counts as now.
    fileprivate func made(before now: Timestamp) -> Timestamp { min(now, time ?? now) }
}
