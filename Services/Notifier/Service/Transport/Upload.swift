import CCurl
import Foundation

/// How long bytes may wait in the socket before a mail's end, if the mail server does not read.
private let flushLimit = Duration.seconds(20)
/// After shutdown was requested: how long to wait for the answer to a mail's end.
private let lastAnswerLimit = Duration.seconds(1)

/// Feeds a mail to libcurl. Used only on the worker's thread: `curl_easy_perform` calls back on its own thread.
final class Upload {
    /// Whether `mayEnd` returned false.
    private(set) var isWithheld = false
    /// Whether libcurl was told that the mail ends.
    private(set) var isPastEnd = false

    private var bytes: [UInt8] = []
    private var position = 0
    private var mayEnd: (() -> Bool)?
    private var stoppedAt: (() -> ContinuousClock.Instant?)?
    /// The connection's socket; -1: not opened yet.
    private var socket: Int32 = -1

    /// Begins a mail.
    func begin(_ bytes: [UInt8], mayEnd: @escaping () -> Bool, stoppedAt: @escaping () -> ContinuousClock.Instant?) {
        self.bytes = bytes
        self.mayEnd = mayEnd
        self.stoppedAt = stoppedAt
        position = 0
        isWithheld = false
        isPastEnd = false
    }

    /// Releases the mail.
    func end() {
        bytes = []
        mayEnd = nil
    }

    /// Registers the callbacks; the owner of the handle must keep this object alive.
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

    /// Shuts the socket down, so that libcurl's QUIT fails at once instead of waiting for an answer.
    func hangUp() {
        if socket >= 0 { _ = shutdown(socket, Int32(SHUT_RDWR)) }
    }

    /// Clears the descriptor, because the system reuses its number for the next file or connection.
    private func close(_ closing: Int32) -> Int32 {
        if socket == closing { socket = -1 }
        return Foundation.close(closing)
    }

    /// libcurl asks for more only after it has sent the previous bytes, and sends the end when it gets none (Debian
    /// 12's 7.88, lib/transfer.c). So nothing may delay the return after `mayEnd` returned true.
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

    /// Waits until all bytes are on the wire: an end that is queued in the socket could be sent after the lease has
    /// expired.
    private func isFlushed() -> Bool {
        guard socket >= 0 else { return true }
        let limit = ContinuousClock.now + flushLimit
        while assent_unsent_bytes(socket) > 0 {
            guard ContinuousClock.now < limit, !isBrokenOff, !isBroken else { return false }
            usleep(1000)
        }
        return true
    }

    /// Whether the peer reset the connection: unsent bytes are then still counted, although they are never sent.
    private var isBroken: Bool {
        var state = pollfd(fd: socket, events: 0, revents: 0)
        return poll(&state, 1, 0) > 0
    }

    private var isBrokenOff: Bool {
        guard let stoppedAt = stoppedAt?() else { return false }
        return !isPastEnd || ContinuousClock.now > stoppedAt + lastAnswerLimit
    }
}
