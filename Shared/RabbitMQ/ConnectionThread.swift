import CRabbitMQ
import Glibc
import Synchronization

/// The loop that owns the session: takes commands, sends, reads all frames there are, and sleeps in `poll` when idle.
///
/// Not `Sendable`: made and used on the connection's thread alone.
final class ConnectionThread {
    /// Messages sent before mailbox and frames are checked again; longer bursts are no faster.
    private static let burstLimit = 128
    /// Bytes sent before the socket is checked again, since a send on a full socket blocks.
    private static let burstBytes = 65_536
    private static let framesPerTurn = 4_096
    /// Bytes of frames after which their memory is freed. The library never returns its peak, for each connection.
    private static let bytesBetweenReleases = 131_072
    /// Memory that a frame takes beside its body.
    private static let frameOverhead = 2_048
    /// The longest sleep. Half the heartbeat would suffice; the rest is slack for a busy machine.
    private static let sleepMilliseconds: Int32 = 5_000
    /// The time between two heartbeats while nothing is read; the broker's heartbeat timeout is twice 20 s.
    private static let heartbeatInterval = Duration.seconds(5)
    /// The timeout for confirms, since a quorum queue without a majority confirms nothing.
    private static let confirmLimit = Duration.seconds(60)

    /// Linux's `POLLRDHUP`, which Swift's Glibc module leaves out.
    private static let pollPeerClosed: Int32 = 0x2000

    private let session: Session
    private let shared: SharedState
    private var assembler = ContentAssembler()
    private var batch: [Delivery] = []
    private var window: PublishWindow
    private var held = HeldDeliveries()
    private var heldLimit = Int.max
    private var lastHeartbeat = ContinuousClock.now
    private var outgoing: [PublishCall] = []
    private var gets: [Command.Answer<Delivery?>] = []
    private var closers: [CheckedContinuation<Void, Never>] = []
    private var isConfirming = false
    private var isWritable = true
    private var lastProgress = ContinuousClock.now

    init(_ session: Session, _ shared: SharedState) {
        self.session = session
        self.shared = shared
        window = PublishWindow(capacity: shared.window)
    }

    /// Runs until the connection ends, and returns the cause.
    func run() -> BrokerError {
        do throws(BrokerError) {
            while true { try turn() }
        } catch {
            if case .refused = error.kind { sayGoodbye() }
            return error
        }
    }

    /// Closes the socket; nothing but `failAll` may follow.
    func disconnect() { session.disconnect() }

    /// Fails all calls that still wait.
    func failAll(_ error: BrokerError) {
        for call in outgoing { call.fail(error) }
        window.failAll(error)
        for answer in gets { answer.resume(returning: .failure(error)) }
        for closer in closers { closer.resume() }
    }

    private func turn() throws(BrokerError) {
        let work = shared.mailbox.take()
        if work.acknowledgeThrough > 0 {
            try session.acknowledge(through: work.acknowledgeThrough)
            held.release(through: work.acknowledgeThrough)
        }
        for tag in work.acknowledge {
            try session.acknowledge(only: tag)
            held.release(only: tag)
        }
        for (index, command) in work.commands.enumerated() {
            do throws(BrokerError) {
                try execute(command)
            } catch {
                for later in work.commands[(index + 1)...] { later.fail(error) }
                throw error
            }
        }
        let sent = try publishBurst()
        let received = try receive()
        if isFull { try sendHeartbeat() }
        if !sent && !received && shared.mailbox.goToSleep() { try sleep() }
    }

    private func execute(_ command: Command) throws(BrokerError) {
        switch command {
        case .declare(let declarations, let answer):
            try answering(answer) { () throws(BrokerError) in
                for declaration in declarations { try session.declare(declaration) }
            }
        case .consume(let subscription, let answer):
            try answering(answer) { () throws(BrokerError) in try consume(subscription) }
        case .hasQueue(let name, let answer):
            try answering(answer) { () throws(BrokerError) in try session.hasQueue(name) }
        case .enableConfirms(let answer):
            try answering(answer) { () throws(BrokerError) in try enableConfirms() }
        case .publish(let call):
            outgoing.append(call)
            try enableConfirms()
        case .get(let queue, let answer):
            gets.append(answer)
            try session.get(queue: queue)
        case .close(let answer):
            closers.append(answer)
            sayGoodbye()
            throw BrokerError(.closed, "closed by this side")
        }
    }

    /// Answers the caller. A refusal also closes the channel, so that it ends the connection.
    private func answering<Value: Sendable>(
        _ answer: Command.Answer<Value>, _ action: () throws(BrokerError) -> Value
    ) throws(BrokerError) {
        do throws(BrokerError) {
            answer.resume(returning: .success(try action()))
        } catch {
            // Ends the mailbox first, so that a caller which gets the refusal finds the connection closed.
            shared.mailbox.end(error)
            answer.resume(returning: .failure(error))
            throw error
        }
    }

    private func consume(_ subscription: Subscription) throws(BrokerError) {
        assembler.deliveryBodyLimit = subscription.limits.bodyBytes
        heldLimit = subscription.noAck ? .max : subscription.limits.heldBytes
        try session.consume(subscription)
    }

    private func enableConfirms() throws(BrokerError) {
        guard !isConfirming else { return }
        try session.enableConfirms()
        isConfirming = true
    }

    private func publishBurst() throws(BrokerError) -> Bool {
        isWritable = true
        guard !outgoing.isEmpty, window.hasRoom, !shared.isBlocked.load(ordering: .relaxed), canWrite() else {
            return false
        }
        if window.isEmpty { lastProgress = .now }
        session.cork(true)
        defer { session.cork(false) }
        var count = 0
        var bytes = 0
        while count < Self.burstLimit, bytes < Self.burstBytes, window.hasRoom, let call = outgoing.first {
            let message = call.messages[call.next]
            let index = call.next
            call.next += 1
            if call.next == call.messages.count { outgoing.removeFirst() }
            if let expiresAt = message.expiresAt, expiresAt < .now {
                call.outcomes[index] = .rejected
                call.settleOne()
                continue
            }
            window.sent(call, index: index)
            try session.publish(message)
            count += 1
            bytes += message.body.count
        }
        return true
    }

    private func canWrite() -> Bool {
        var descriptor = pollfd(fd: session.descriptor, events: Int16(POLLOUT), revents: 0)
        isWritable = poll(&descriptor, 1, 0) != 0
        return isWritable
    }

    private func receive() throws(BrokerError) -> Bool {
        var count = 0
        var unreleased = 0
        while count < Self.framesPerTurn, !isFull, let frame = try session.nextFrame() {
            count += 1
            unreleased += Self.frameOverhead
            if Int32(frame.pointee.frame_type) == AMQP_FRAME_BODY {
                unreleased += frame.pointee.payload.body_fragment.len
            }
            try dispatch(frame.pointee)
            if unreleased >= Self.bytesBetweenReleases {
                session.releaseBuffers()
                unreleased = 0
            }
        }
        session.releaseBuffers()
        handOver()
        return count > 0
    }

    /// Whether the consumer has reached its memory limit: then nothing is read until deliveries are acknowledged.
    /// Complete deliveries were handed over before, so that the consumer can acknowledge them.
    private var isFull: Bool { held.bytes >= heldLimit && assembler.isIdle }

    private func sendHeartbeat() throws(BrokerError) {
        guard .now - lastHeartbeat >= Self.heartbeatInterval, canWrite() else { return }
        try session.sendHeartbeat()
        lastHeartbeat = .now
    }

    private func handOver() {
        guard !batch.isEmpty else { return }
        let full = batch
        batch = []
        shared.inbox.deliver(full)
    }

    private func dispatch(_ frame: amqp_frame_t) throws(BrokerError) {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD:
            let method = frame.payload.method
            if try !assembler.begin(method) { try act(on: method) }
        case AMQP_FRAME_HEADER:
            if let content = try assembler.header(frame) { finish(content) }
        case AMQP_FRAME_BODY:
            if let content = try assembler.body(frame.payload.body_fragment) { finish(content) }
        default: throw BrokerError(.lost, "unexpected frame of type \(frame.frame_type)")
        }
    }

    private func act(on method: amqp_method_t) throws(BrokerError) {
        switch crabbitmq_method(rawValue: method.id) {
        case crabbitmq_basic_ack:
            guard let ack = method.decoded?.assumingMemoryBound(to: amqp_basic_ack_t.self).pointee else { return }
            try settle(ack.delivery_tag, multiple: ack.multiple != 0, as: .confirmed)
        case crabbitmq_basic_nack:
            guard let nack = method.decoded?.assumingMemoryBound(to: amqp_basic_nack_t.self).pointee else { return }
            try settle(nack.delivery_tag, multiple: nack.multiple != 0, as: .rejected)
        case crabbitmq_basic_get_empty:
            if !gets.isEmpty { gets.removeFirst().resume(returning: .success(nil)) }
        case crabbitmq_basic_cancel:
            throw BrokerError(.consumerCancelled, "the broker cancelled the consumer")
        case crabbitmq_channel_close, crabbitmq_connection_close: throw closing(method, "closed by the broker")
        case crabbitmq_connection_blocked: shared.isBlocked.store(true, ordering: .relaxed)
        case crabbitmq_connection_unblocked:
            shared.isBlocked.store(false, ordering: .relaxed)
            lastProgress = .now
        // The broker sends no other method by itself; a newer broker's unknown method is ignored.
        default: return
        }
    }

    private func settle(_ tag: UInt64, multiple: Bool, as outcome: PublishOutcome) throws(BrokerError) {
        lastProgress = .now
        guard window.settle(through: tag, multiple: multiple, as: outcome) else {
            throw BrokerError(.lost, "a confirm of a message that was never sent")
        }
    }

    private func finish(_ content: ContentAssembler.Content) {
        switch content {
        case .delivery(let delivery):
            batch.append(delivery)
            if heldLimit < .max { held.add(delivery) }
        case .got(let delivery): if !gets.isEmpty { gets.removeFirst().resume(returning: .success(delivery)) }
        case .returned(let delivery):
            _ = window.returned(
                exchange: delivery.exchange, routingKey: delivery.routingKey,
                messageID: delivery.properties.messageID, body: delivery.body)
        }
    }

    private func sleep() throws(BrokerError) {
        if window.isEmpty || shared.isBlocked.load(ordering: .relaxed) {
            lastProgress = .now
        } else if ContinuousClock.now - lastProgress > Self.confirmLimit {
            throw BrokerError(.timedOut, "basic.publish: no confirm")
        }
        let events = (isFull ? Self.pollPeerClosed : POLLIN) | (isWritable ? 0 : POLLOUT)
        var descriptors = [
            pollfd(fd: session.descriptor, events: Int16(events), revents: 0),
            pollfd(fd: shared.mailbox.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&descriptors, nfds_t(descriptors.count), Self.sleepMilliseconds)
        guard ready >= 0 || errno == EINTR else { throw BrokerError(.lost, "poll: errno \(errno)") }
        // While nothing is read, only `poll` shows the end of the connection.
        guard !isFull || Int32(descriptors[0].revents) & ~POLLOUT == 0 else {
            throw BrokerError(.lost, "the broker closed the connection")
        }
        if descriptors[1].revents != 0 {
            var count: UInt64 = 0
            // Resets the counter; an error because it was zero already does not matter.
            _ = read(shared.mailbox.wakeDescriptor, &count, MemoryLayout<UInt64>.size)
        }
    }

    /// Closes the AMQP connection. If that fails, the broker sees the socket close instead. Not tried at the memory
    /// limit, since the broker's answer would come after deliveries that are not read.
    private func sayGoodbye() {
        guard !isFull else { return }
        do throws(BrokerError) { try session.close() } catch { return }
    }
}
