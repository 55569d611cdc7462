import CCurl
import Foundation

/// How long bytes may wait in the socket before a mail's end: a mail server that reads nothing.
private let flushLimit = Duration.seconds(20)
/// After the process was told to end: how long an answer to a mail's end is waited for.
private let lastAnswerLimit = Duration.seconds(1)

/// What libcurl reads a mail from, on the worker's thread alone: `curl_easy_perform` calls back on its own thread.
final class Upload {
    /// `mayEnd` said no.
    private(set) var isWithheld = false
    /// libcurl was told that the mail ends here.
    private(set) var isPastEnd = false

    private var bytes: [UInt8] = []
    private var position = 0
    private var mayEnd: (() -> Bool)?
    private var stoppedAt: (() -> ContinuousClock.Instant?)?
    /// The connection's socket; -1: none was opened yet.
    private var socket: Int32 = -1

    /// A mail's beginning.
    func begin(_ bytes: [UInt8], mayEnd: @escaping () -> Bool, stoppedAt: @escaping () -> ContinuousClock.Instant?) {
        self.bytes = bytes
        self.mayEnd = mayEnd
        self.stoppedAt = stoppedAt
        position = 0
        isWithheld = false
        isPastEnd = false
    }

    /// Forgets the mail.
    func end() {
        bytes = []
        mayEnd = nil
    }

    /// Makes libcurl call back here; whoever owns the handle owns this.
    func attach(to handle: UnsafeMutableRawPointer) -> Bool {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let read = assent_curl_set_reader(
            handle,
            { buffer, size, count, context in
                guard let buffer, let context else { return Int(CURL_READFUNC_ABORT) }
                let target = UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
                return Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue().read(into: target)
            }, context)
        let write = assent_curl_set_writer(handle) { _, size, count, _ in size * count }
        let progress = assent_curl_set_progress(
            handle,
            { context, _, _, _, _ in
                guard let context else { return 1 }
                return Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue().isBrokenOff ? 1 : 0
            }, context)
        let opened = assent_curl_set_opened(
            handle,
            { context, socket, _ in
                guard let context else { return CURL_SOCKOPT_ERROR }
                Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue().socket = socket
                return CURL_SOCKOPT_OK
            }, context)
        let closed = assent_curl_set_closed(
            handle,
            { context, socket in
                guard let context else { return 1 }
                return Unmanaged<Upload>.fromOpaque(context).takeUnretainedValue().close(socket)
            }, context)
        return [read, write, progress, opened, closed].allSatisfy { $0 == CURLE_OK }
    }

    /// Breaks the connection: what libcurl does to say goodbye then fails at once instead of waiting for an answer.
    func hangUp() {
        if socket >= 0 { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    }

    /// Forgets the number, which the system gives to the next file or connection that is opened.
    private func close(_ closing: Int32) -> Int32 {
        if socket == closing { socket = -1 }
        return Foundation.close(closing)
    }

    /// libcurl asks for more only when it has sent what it got before, and sends the end when it gets nothing (Debian
    /// 12's 7.88, lib/transfer.c). So nothing may stand between a yes and the return.
    private func read(into target: UnsafeMutableRawBufferPointer) -> Int {
        let chunk = bytes[position...].prefix(target.count)
        guard chunk.isEmpty else {
            target.copyBytes(from: chunk)
            position += chunk.count
            return chunk.count
        }
        guard isFlushed(), let mayEnd else { return Int(CURL_READFUNC_ABORT) }
        guard mayEnd() else {
            isWithheld = true
            return Int(CURL_READFUNC_ABORT)
        }
        isPastEnd = true
        return 0
    }

    /// Waits until all that was sent is on the wire: an end that waits in the socket would leave when no lease counts.
    private func isFlushed() -> Bool {
        guard socket >= 0 else { return true }
        let limit = ContinuousClock.now + flushLimit
        while assent_unsent_bytes(socket) > 0 {
            guard ContinuousClock.now < limit, !isBrokenOff, !isBroken else { return false }
            usleep(1000)
        }
        return true
    }

    /// The other side reset the connection: what waits in the socket is counted on, though it never leaves.
    private var isBroken: Bool {
        var state = pollfd(fd: socket, events: 0, revents: 0)
        return poll(&state, 1, 0) > 0
    }

    private var isBrokenOff: Bool {
        guard let stoppedAt = stoppedAt?() else { return false }
        return !isPastEnd || ContinuousClock.now > stoppedAt + lastAnswerLimit
    }
}
