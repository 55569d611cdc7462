package import Models
package import RabbitMQ

/// The exchanges, queues and bindings of one service (architecture.md, "RabbitMQ").
///
/// Arguments contain only settings that never change; limits and dead-lettering are policies in the broker's
/// definitions.
package struct Topology: Sendable {
    package let service: SuiteService
    /// The number of partitions, fixed for the life of the database.
    package let partitions: Int
    /// Types that the partitions process in order, with their exchanges.
    package let ordered: [(Exchange, type: String)]
    /// Types that any instance answers, with their exchanges.
    package let queried: [(Exchange, type: String)]

    package init(
        service: SuiteService, partitions: Int, ordered: [(Exchange, type: String)],
        queried: [(Exchange, type: String)]
    ) {
        self.service = service
        self.partitions = partitions
        self.ordered = ordered
        self.queried = queried
    }

    /// The exchange that distributes messages to the partitions.
    package var input: String { service.rawValue + ".in" }
    /// The queue of messages that the broker gave up.
    package var dead: String { service.rawValue + ".dead" }
    /// The queue of questions from other accounts, which any instance answers.
    package var queries: String { service.rawValue + ".queries" }
    /// The queue of questions from the suite's own services. It is separate, so that a flood of other questions does
    /// not delay them.
    package var questions: String { service.rawValue + ".questions" }
    /// The queue of questions from this exchange.
    package func queryQueue(_ exchange: Exchange) -> String { exchange.isSuiteOnly ? questions : queries }
    /// The queue of one partition.
    package func queue(_ partition: Int) -> String { "\(service.rawValue).\(partition)" }

    /// All declarations in a valid order. The contract's exchanges are checked passively, because the broker's
    /// definitions create them.
    package var declarations: [Declaration] {
        var all: [Declaration] = Exchange.allCases.map {
            .exchange(name: $0.rawValue, kind: "topic", durable: true, arguments: [:], passive: true)
        }
        all.append(
            .exchange(
                name: input, kind: "x-consistent-hash", durable: true,
                arguments: ["hash-header": .string("partitionkey")], passive: false))
        let quorum: [String: HeaderValue] = ["x-queue-type": .string("quorum")]
        for name in [dead, queries, questions] {
            all.append(
                .queue(
                    name: name, durable: true, exclusive: false, autoDelete: false, arguments: quorum, passive: false))
        }
        for partition in 0..<partitions {
            all.append(
                .queue(
                    name: queue(partition), durable: true, exclusive: false, autoDelete: false,
                    arguments: quorum.merging(["x-single-active-consumer": .bool(true)]) { one, _ in one },
                    passive: false))
            all.append(.binding(source: input, queue: queue(partition), key: "1", arguments: [:]))
        }
        for (exchange, type) in ordered {
            all.append(.exchangeBinding(source: exchange.rawValue, destination: input, key: type, arguments: [:]))
            // A fact that a third party's queue delays comes over `internal` as well.
            guard exchange == .facts, FactRelay.followed.contains(type) else { continue }
            all.append(
                .exchangeBinding(
                    source: Exchange.internal.rawValue, destination: input, key: type, arguments: [:]))
        }
        for (exchange, type) in queried {
            all.append(
                .binding(source: exchange.rawValue, queue: queryQueue(exchange), key: type, arguments: [:]))
        }
        return all
    }
}
