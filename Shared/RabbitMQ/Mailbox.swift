import CRabbitMQ
import Glibc
import Synchronization

/// A caller's command to the connection's thread.
enum Command: Sendable {
    typealias Answer<Value: Sendable> = CheckedContinuation<Result<Value, BrokerError>, Never>

    case declare([Declaration], Answer<Void>)
    case hasQueue(String, Answer<Bool>)
    case consume(Subscription, Answer<Void>)
    case enableConfirms(Answer<Void>)
    case publish(PublishCall)
    case get(queue: String, Answer<Delivery?>)
    case close(CheckedContinuation<Void, Never>)

    /// Fails the caller with the error; a `close` succeeds, since the connection has ended.
    func fail(_ error: BrokerError) {
        switch self {
        case .declare(_, let answer), .consume(_, let answer), .enableConfirms(let answer):
            answer.resume(returning: .failure(error))
        case .publish(let call): call.fail(error)
        case .hasQueue(_, let answer): answer.resume(returning: .failure(error))
        case .get(_, let answer): answer.resume(returning: .failure(error))
        case .close(let answer): answer.resume()
        }
    }
}

/// The arguments of `basic.qos` and `basic.consume`.
struct Subscription: Sendable {
    let queue: String
    let prefetch: UInt16
    let noAck: Bool
    let exclusive: Bool
    let limits: ConsumerLimits
}

/// Commands for the connection's thread. An eventfd wakes it, written only while it sleeps in `poll`.
final class Mailbox: Sendable {
    struct Work {
        var commands: [Command] = []
        /// Acknowledge all deliveries up to this tag; 0 is none.
        var acknowledgeThrough: UInt64 = 0
        /// Acknowledge these deliveries alone.
        var acknowledge: [UInt64] = []
    }

    private struct State {
        var work = Work()
        var isSleeping = false
        var failure: BrokerError?
        /// The connection's socket while it is open, else -1.
        var socket: Int32 = -1
    }

    private let state = Mutex(State())
    let wakeDescriptor: Int32

    init() throws(BrokerError) {
        wakeDescriptor = crabbitmq_eventfd()
        guard wakeDescriptor >= 0 else { throw BrokerError(.unreachable, "no eventfd: errno \(errno)") }
    }

    deinit { close(wakeDescriptor) }

    /// The error that ended the connection; nil while it is open.
    var failure: BrokerError? { state.withLock { $0.failure } }

    /// Puts a command in, or fails it at once when the connection has ended.
    func post(_ command: Command) {
        let failure = state.withLock { state in
            guard state.failure == nil else { return state.failure }
            state.work.commands.append(command)
            wake(&state)
            return nil
        }
        if let failure { command.fail(failure) }
    }

    func acknowledge(through tag: UInt64) {
        state.withLock { state in
            guard state.failure == nil, tag > state.work.acknowledgeThrough else { return }
            state.work.acknowledgeThrough = tag
            wake(&state)
        }
    }

    func acknowledge(only tag: UInt64) {
        state.withLock { state in
            guard state.failure == nil else { return }
            state.work.acknowledge.append(tag)
            wake(&state)
        }
    }

    /// Takes all commands and acknowledgements.
    func take() -> Work {
        state.withLock { state in
            state.isSleeping = false
            defer { state.work = Work() }
            return state.work
        }
    }

    /// Whether there is nothing to do, so that the thread may sleep; from then on callers wake it.
    func goToSleep() -> Bool {
        state.withLock { state in
            let work = state.work
            state.isSleeping = work.commands.isEmpty && work.acknowledgeThrough == 0 && work.acknowledge.isEmpty
            return state.isSleeping
        }
    }

    /// Ends the mailbox: present and later commands fail.
    func end(_ error: BrokerError) {
        let commands = state.withLock { state in
            state.failure = state.failure ?? error
            defer { state.work = Work() }
            return state.work.commands
        }
        for command in commands { command.fail(error) }
    }

    /// Gives `breakSocket` the thread's socket; -1 takes it back, before the thread closes the socket.
    func lend(socket: Int32) { state.withLock { $0.socket = socket } }

    /// Breaks the connection from outside, for a thread that is stuck in a send.
    func breakSocket() {
        state.withLock { state in
            if state.socket >= 0 { _ = shutdown(state.socket, Int32(SHUT_RDWR)) }
        }
    }

    private func wake(_ state: inout State) {
        guard state.isSleeping else { return }
        state.isSleeping = false
        var one: UInt64 = 1
        // It can only fail when the counter is full, and then the thread wakes anyway.
        _ = write(wakeDescriptor, &one, MemoryLayout<UInt64>.size)
    }
}
