import RabbitMQ

/// The exit of a command that failed.
struct Ending: Error, Equatable {
    /// Exit codes: the same in every command.
    enum Status: Int32, Equatable {
        /// The answer is negative, or a condition does not hold.
        case refused = 1
        /// The arguments, a file or the environment are wrong.
        case usage = 2
        /// The broker, a service, a database or the web cannot be reached, refuses this account, or cannot answer now.
        case unreachable = 3
        /// No answer came in time.
        case timedOut = 4
    }

    let status: Status
    /// A sentence for the operator, without secrets; nil if the output says everything.
    let message: String?

    init(_ status: Status, _ message: String? = nil) {
        self.status = status
        self.message = message
    }

    /// The exit after a failed connection.
    init(connecting error: BrokerError, to address: BrokerAddress) {
        switch error.kind {
        case .invalidAddress:
            self.init(.usage, "AMQP_URL does not serve: \(error.reason)")
        case .refused(let code) where code == 403:
            self.init(
                .unreachable,
                "the broker at \(address.host):\(address.port) does not let \(address.user) in: the password is wrong, or "
                    + "the account is not there (\(error.reason))")
        case .unreachable, .timedOut:
            self.init(
                .unreachable, "the broker at \(address.host):\(address.port) cannot be reached: \(error.reason)")
        default:
            self.init(.unreachable, "\(address) cannot be used: \(error.reason)")
        }
    }

    /// The exit after a failed publish. The broker's reason names account, exchange and type.
    init(publishing error: BrokerError) {
        switch error.kind {
        case .refused(let code) where code == 403:
            self.init(.refused, "the account may not publish this: \(error.reason)")
        case .refused: self.init(.refused, "the broker refused: \(error.reason)")
        case .unroutable: self.init(.refused, "no queue takes this type: is its service set up, and the type right?")
        case .rejected: self.init(.refused, "the queue is full or cannot write; try again later")
        case .invalidMessage, .invalidAddress: self.init(.usage, error.reason)
        case .timedOut: self.init(.timedOut, "the broker did not confirm in time: \(error.reason)")
        case .unreachable, .untrusted, .lost, .consumerCancelled, .closed:
            self.init(.unreachable, "the connection broke: \(error.reason)")
        }
    }
}
