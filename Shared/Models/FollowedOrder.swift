/// When a receiver of orders follows an order (X5). Model-checked in `Tests/Models/orders.pml`.
///
/// The receiver keeps, for each contact and topic, the order in force. It answers every order with the one in force,
/// whether it followed the order or not.
extension OrderInForce {
    /// Nothing is in force: no order came yet.
    package static func none(state: String) -> OrderInForce { OrderInForce(order: nil, sequence: 0, state: state) }

    /// Whether an order comes into force after this one: it is newer, directly follows this one, and does not belong to
    /// a history that the orderer has lost. Any other order changes nothing.
    ///
    /// - Parameter epoch: the newest epoch heard from the orderer, `Context.peerEpochs`.
    package func isFollowed(by head: OrderHead, since epoch: Int64) -> Bool {
        head.sequence > sequence && head.follows == order && head.epoch >= epoch
    }

    /// Whether this database lost the order that the orderer remembers as in force, which then has to be restored.
    package func isOlder(than recalled: OrderInForce) -> Bool {
        recalled.order != nil && recalled.sequence > sequence
    }
}
