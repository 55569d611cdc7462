package import Cryptography
import Glibc
import Models

/// The file of the key-encryption keys, `VAULT_KEYS_FILE`: the vault reads it, and only a rotation changes it.
package struct KeyFile: Sendable {
    /// Bytes to read at most, far more than `KeyRing` accepts.
    private static let longest = 1 << 20
    /// The suffix of a new file, in the same folder, before it replaces the old one. A new file that a killed command
    /// left behind holds keys and is deleted first.
    private static let ending = ".new"

    /// The file's path; a symbolic link is followed, and not replaced.
    package let path: String

    /// Names a file; nothing is read.
    package init(path: String) { self.path = path }

    /// Identifies one state of the file, to notice a change.
    struct Stamp: Sendable, Equatable {
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    /// Reads the keys. Error: why the file cannot be used.
    package func read() throws(KeyMistake) -> KeyRing { try Self.ring(try text()) }

    /// Adds a new random key; the file is replaced atomically.
    package func add(version: Int) throws(KeyMistake) {
        var key = Random.bytes(32)
        defer { for index in key.indices { key[index] = 0 } }
        let entry: JSON = ["version": .number("\(version)"), "key": .string(Base64URL.encode(key))]
        try replace { $0 + [entry] }
    }

    /// Removes versions from the file.
    package func remove(_ versions: Set<Int>) throws(KeyMistake) {
        try replace { entries in
            entries.filter { entry in entry["version"]?.integer.map { !versions.contains(Int($0)) } ?? true }
        }
    }

    /// Runs `body` under a lock against other commands on this host that use a key file in the same folder. The lock is
    /// on the folder, since the file itself is replaced.
    func locked<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        guard let resolved = realpath(path, nil) else { throw failure("cannot be read") }
        let folder = Self.folder(of: String(cString: resolved))
        free(resolved)
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be locked: its folder cannot be read") }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if errno == EWOULDBLOCK { throw RotationRefusal.running }
            throw failure("cannot be locked")
        }
        return try await body()
    }

    /// The file's present state; nil where there is no file.
    var stamp: Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    private static func ring(_ text: String) throws(KeyMistake) -> KeyRing {
        do throws(CryptographyError) {
            return try KeyRing(json: text)
        } catch .invalidKeyRing(let reason) {
            throw .file(reason: "does not serve: \(reason)")
        } catch {
            throw .file(reason: "does not serve")
        }
    }

    private func text() throws(KeyMistake) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot be read") }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while content.count <= Self.longest {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot be read") }
            guard count > 0 else { break }
            content += buffer[..<count]
        }
        guard let text = String(validating: content, as: UTF8.self) else { throw .file(reason: "is not UTF-8") }
        return text
    }

    private func replace(_ change: ([JSON]) -> [JSON]) throws(KeyMistake) {
        let old = try text()
        _ = try Self.ring(old)
        let entries = (try? JSON(parsing: Array(old.utf8)))?["keys"]?.elements ?? []
        let new = JSON.object([JSON.Member("keys", .array(change(entries)))]).serialized + "\n"
        _ = try Self.ring(new)
        try write(Array(new.utf8))
    }

    /// Replaces the file atomically: the new one has the same owner and mode and is on disk before it is renamed.
    private func write(_ content: [UInt8]) throws(KeyMistake) {
        guard let resolved = realpath(path, nil) else { throw failure("cannot be found") }
        defer { free(resolved) }
        let target = String(cString: resolved), fresh = target + Self.ending
        var status = stat()
        guard stat(target, &status) == 0 else { throw failure("cannot be read") }
        guard unlink(fresh) == 0 || errno == ENOENT else { throw failure("cannot be replaced") }
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot be replaced: its folder does not let a file be made") }
        defer { close(descriptor) }
        let isWritten =
            fchown(descriptor, status.st_uid, status.st_gid) == 0 && fchmod(descriptor, status.st_mode & 0o7777) == 0
            && Glibc.write(descriptor, content, content.count) == content.count && fsync(descriptor) == 0
            && rename(fresh, target) == 0
        guard isWritten else {
            let mistake = failure("cannot be replaced")
            unlink(fresh)
            throw mistake
        }
        try syncFolder(of: target)
    }

    private func syncFolder(of target: String) throws(KeyMistake) {
        let descriptor = open(Self.folder(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("was replaced, but its folder cannot be written to disk") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("was replaced, but its folder cannot be written to disk") }
    }

    private static func folder(of target: String) -> String {
        "/" + target.split(separator: "/").dropLast().joined(separator: "/")
    }

    private func failure(_ what: String) -> KeyMistake { .file(reason: "\(what): \(String(cString: strerror(errno)))") }
}
