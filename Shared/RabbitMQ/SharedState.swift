import Glibc
import Synchronization

/// What the callers of a connection and its thread share.
final class SharedState: Sendable {
    /// After so long `close` breaks the socket under a thread that is stuck in a send.
    static let closeLimit = Duration.seconds(10)

    typealias Opened = CheckedContinuation<Result<Void, BrokerError>, Never>

    let mailbox: Mailbox
    let inbox = Inbox()
    let isBlocked = Atomic<Bool>(false)

    /// Of the publish window.
    let window: UInt64

    init(mailbox: Mailbox, window: UInt64) {
        self.mailbox = mailbox
        self.window = window
    }

    /// Starts the thread, which answers once it is logged in or knows that it cannot.
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

    /// Nobody holds the connection any more: the thread ends by the broken socket.
    func abandon() {
        guard mailbox.failure == nil else { return }
        mailbox.breakSocket()
    }
}

/// What a new thread is given.
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
        // Who hears of the end shall find the connection closed, and its deliveries on their way back to the queue.
        shared.mailbox.end(error)
        shared.inbox.fail(error)
        thread.failAll(error)
    }
}
