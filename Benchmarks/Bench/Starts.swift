/// Each of the five services from the start of its process until `/readyz` says so; its tables are there.
enum Starts {
    private static let starts = 5

    static func run() async throws {
        print("start → ready, \(starts) starts each, alone on broker and database (bar: 500 ms)")
        for name in ServiceProcess.all {
            var times: [Double] = []
            // The first one makes the tables.
            for number in 0...starts {
                let service = try ServiceProcess.start(name)
                let time = try await service.untilReady() / .milliseconds(1)
                if number > 0 { times.append(time) }
                _ = try await service.stop()
            }
            print("  \(name): \(Report.median("ready.\(name)", times, "ms", better: .less)) ms")
        }
    }
}
