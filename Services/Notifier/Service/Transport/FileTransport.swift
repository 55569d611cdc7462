import FoundationEssentials
import Models
import NotifierDomain
import ServiceKit

#if canImport(Glibc)
    import Glibc
#endif

/// Writes mails into a folder (`MAIL_DIR`): a mail appears as `<mail>.eml` when it is complete and permitted.
struct FileTransport: MailTransport {
    private let folder: String

    /// The folder must exist.
    init(folder: String) throws(ServiceEnvironment.Mistake) {
        var status = stat()
        guard stat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw ServiceEnvironment.Mistake("MAIL_DIR names no folder")
        }
        self.folder = folder
    }

    func handOver(_ message: MailMessage, id: UUID, mayEnd: @escaping () -> Bool) -> HandOverResult {
        let path = "\(folder)/\(id.text)"
        let unfinished = path + ".tmp"
        guard write(message.bytes, to: unfinished) else {
            unlink(unfinished)
            return .temporary(code: nil)
        }
        guard mayEnd() else {
            unlink(unfinished)
            return .withheld
        }
        return rename(unfinished, path + ".eml") == 0 ? .accepted : .temporary(code: nil)
    }

    func stop() {}

    func close() {}

    private func write(_ bytes: [UInt8], to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return false }
        defer { Glibc.close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return fsync(file) == 0
    }
}
