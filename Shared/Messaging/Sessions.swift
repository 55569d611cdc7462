/// Back-off after a failed session with the broker: first and longest pause.
private let firstPause = Duration.milliseconds(100)
private let longestPause = Duration.seconds(5)

/// Runs one session after another until `stop` is fired. After a failed session it waits with a growing back-off.
func holdSessions(
    until stop: Signal, _ session: () async throws -> Void, onError: (any Error) -> Void
) async {
    var pause = firstPause
    while !stop.isFired, !Task.isCancelled {
        do {
            try await session()
            pause = firstPause
        } catch {
            guard !stop.isFired else { return }
            onError(error)
            let wait = pause
            await race {
                await stop.wait()
            } _: {
                try? await Task.sleep(for: wait)
            }
            pause = min(pause * 2, longestPause)
        }
    }
}

/// Runs both closures until one returns, then cancels the other.
func race(_ one: @escaping @Sendable () async -> Void, _ other: @escaping @Sendable () async -> Void) async {
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await one() }
        group.addTask { await other() }
        await group.next()
        group.cancelAll()
    }
}
