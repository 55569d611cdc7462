import RabbitMQ

/// How a command ends that did not do what it was asked.
struct Ending: Error, Equatable {
    /// Exit codes: the same in every command.
    enum Status: Int32, Equatable {
        /// The answer is no, or a condition does not hold.
        case refused = 1
        /// The arguments, a file or the environment are wrong.
        case usage = 2
        /// What the command needs cannot be reached, does not let this account in, or cannot answer now: the broker, a
        /// service, a database, the web.
        case unreachable = 3
        /// No answer came in time.
        case timedOut = 4
    }

    let status: Status
    /// For the operator, in a sentence without a secret; nil where all is said already.
    let message: String?

    init(_ status: Status, _ message: String? = nil) {
        self.status = status
        self.message = message
    }

    /// Why there is no connection.
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

    /// Why a message was not taken. The broker's words name account, exchange and type.
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
