import Glibc

/// The timeout of a connection attempt that is made to find the cause of an earlier failure.
private let patience = timeval(tv_sec: 1, tv_usec: 0)

/// Why a host and port accept no connection, in the system's words, such as `Connection refused`; nil where a
/// connection can be made after all. The library reports all causes as one error, without `errno`. Blocks for a second
/// per address at most.
func connectCause(host: String, port: Int) -> String? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &found)
    guard code == 0 else { return String(cString: gai_strerror(code)) }
    defer { freeaddrinfo(found) }
    var cause: Int32 = 0
    var next = found
    while let address = next?.pointee {
        next = address.ai_next
        let descriptor = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { continue }
        defer { close(descriptor) }
        var limit = patience
        // On Linux the limit for sending is that for connecting too (socket(7)).
        _ = setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 else { return nil }
        cause = errno == EINPROGRESS ? ETIMEDOUT : errno
    }
    return cause == 0 ? nil : String(cString: strerror(cause))
}
