import Foundation
import Synchronization

/// The C program that takes mails as fast as they come and throws them away.
final class MailServer: Sendable {
    /// What it has taken, as it last said.
    struct Taken {
        var mails = 0
        var bytes = 0
    }

    private let taken = Mutex<Taken?>(nil)
    /// The program ends when this is closed, by us or with us.
    private let input: FileHandle

    /// Starts it; it says what it has taken each time `every` mails more have come.
    init(port: Int, every: Int) throws {
        let output = Pipe()
        let process = program("bare-mail", ["take", "\(port)", "\(every)"], output: output)
        let input = Pipe()
        process.standardInput = input
        try process.run()
        self.input = input.fileHandleForWriting
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            // Lines this short come whole: each is one write.
            guard let line = String(decoding: data, as: UTF8.self).split(separator: "\n").last else { return }
            let numbers = line.split(separator: " ").compactMap { Int($0) }
            guard numbers.count == 2 else { return }
            self?.taken.withLock { $0 = Taken(mails: numbers[0], bytes: numbers[1]) }
        }
    }

    /// Ends it.
    func stop() throws { try input.close() }

    /// Returns once so many mails have come, in a millisecond; 0: once it serves.
    func wait(forMails count: Int, atMost limit: Duration) async throws -> Taken {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if let taken = taken.withLock({ $0 }), taken.mails >= count { return taken }
            try await Task.sleep(for: .milliseconds(1))
        }
        throw Failure("\(count) mails did not come within \(limit)")
    }
}
