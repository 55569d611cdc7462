import Glibc
import Synchronization

/// The state that a connection's callers share with its thread.
final class SharedState: Sendable {
    /// The time after which `close` shuts the socket down, in case the thread is stuck in a send.
    static let closeLimit = Duration.seconds(10)

    typealias Opened = CheckedContinuation<Result<Void, BrokerError>, Never>

    let mailbox: Mailbox
    let inbox = Inbox()
    let isBlocked = Atomic<Bool>(false)

    /// The capacity of the publish window.
    let window: UInt64

    init(mailbox: Mailbox, window: UInt64) {
        self.mailbox = mailbox
        self.window = window
    }

    /// Starts the thread, which resumes `opened` once the login has succeeded or failed.
    func start(_ address: BrokerAddress, name: String, opened: Opened) {
        let start = Unmanaged.passRetained(Start(shared: self, address: address, name: name, opened: opened))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            opened.resume(returning: .failure(BrokerError(.unreachable, "no thread: errno \(status)")))
            return
        }
        pthread_detach(thread)
    }

    /// Ends the thread, by shutting the socket down, once no reference to the connection is left.
    func abandon() {
        guard mailbox.failure == nil else { return }
        mailbox.breakSocket()
    }
}

/// The arguments of a new thread.
private final class Start: Sendable {
    let shared: SharedState
    let address: BrokerAddress
    let name: String
    let opened: SharedState.Opened

    init(shared: SharedState, address: BrokerAddress, name: String, opened: SharedState.Opened) {
        self.shared = shared
        self.address = address
        self.name = name
        self.opened = opened
    }

    func run() {
        let thread: ConnectionThread
        do throws(BrokerError) {
            let session = try Session(address, name: name)
            shared.mailbox.lend(socket: session.descriptor)
            thread = ConnectionThread(session, shared)
        } catch {
            shared.mailbox.end(error)
            opened.resume(returning: .failure(error))
            return
        }
        opened.resume(returning: .success(()))
        let error = thread.run()
        shared.mailbox.lend(socket: -1)
        thread.disconnect()
        // Callers are told after the socket is closed: they find the connection closed and its deliveries being
        // requeued.
        shared.mailbox.end(error)
        shared.inbox.fail(error)
        thread.failAll(error)
    }
}
