import Glibc

/// A file that an operator names; `-` is standard input.
struct InputFile {
    /// 64 MiB: about a hundred thousand ordinary events, all held in memory to be checked before the first is
    /// published.
    private static let longest = 64 << 20
    private static let chunk = 1 << 16

    let path: String

    /// The file's name in messages.
    var name: String { path == "-" ? "standard input" : path }

    /// The content, without the byte order mark that some editors write before UTF-8. Throws the system's error as
    /// `usage`.
    func read() throws(Ending) -> [UInt8] {
        let content = try whole()
        return content.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(content.dropFirst(3)) : content
    }

    private func whole() throws(Ending) -> [UInt8] {
        guard path != "-" else { return try content(of: STDIN_FILENO) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable() }
        defer { close(descriptor) }
        return try content(of: descriptor)
    }

    private func content(of descriptor: Int32) throws(Ending) -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable() }
            guard count > 0 else { return content }
            content += buffer[..<count]
            guard content.count <= Self.longest else { throw Ending(.usage, "\(name) is larger than 64 MiB") }
        }
    }

    private func unreadable() -> Ending {
        Ending(.usage, "\(name) cannot be read: \(String(cString: strerror(errno)))")
    }
}
