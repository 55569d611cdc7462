import CoreMetrics
import Foundation
import ServiceKit
import Testing

@Suite struct ServiceEnvironmentTests {
    @Test("a secret comes from the variable or from the file that NAME_FILE names")
    func files() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try "amqp://x\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try ServiceEnvironment(["AMQP_URL": "amqp://y"]).required("AMQP_URL") == "amqp://y")
        #expect(try ServiceEnvironment(["AMQP_URL_FILE": file.path]).required("AMQP_URL") == "amqp://x")
        #expect(throws: ServiceEnvironment.Mistake.self) {
            try ServiceEnvironment(["AMQP_URL_FILE": file.path, "AMQP_URL": "a"]).required("AMQP_URL")
        }
        #expect(throws: ServiceEnvironment.Mistake.self) { try ServiceEnvironment([:]).required("AMQP_URL") }
        #expect(throws: ServiceEnvironment.Mistake.self) {
            try ServiceEnvironment(["AMQP_URL_FILE": "/nonexistent"]).required("AMQP_URL")
        }
    }

    @Test("a count outside its bounds is refused in words")
    func counts() throws {
        let environment = ServiceEnvironment(["A": "1", "B": "300", "C": "0", "D": "301", "E": "many", "F": ""])
        #expect(try environment.count("A", standard: 300, atMost: 300) == 1)
        #expect(try environment.count("B", standard: 1, atMost: 300) == 300)
        #expect(try environment.count("G", standard: 7, atMost: 300) == 7)
        #expect(try environment.count("D", standard: 7) == 301)
        for name in ["C", "D", "E", "F"] {
            let mistake = #expect(throws: ServiceEnvironment.Mistake.self) {
                try environment.count(name, standard: 300, atMost: 300)
            }
            #expect(mistake?.description == "\(name) must be a whole number from 1 to 300")
        }
    }

    @Test("metrics are written in Prometheus' text format")
    func metrics() {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "assent_x_total", dimensions: [("outcome", "dead")]).increment(by: 2)
        metrics.makeCounter(label: "assent_x_total", dimensions: [("outcome", "dead")]).increment(by: 1)
        metrics.makeTimer(label: "assent_batch_seconds", dimensions: []).recordNanoseconds(3_000_000)
        let lines = metrics.text.split(separator: "\n")
        #expect(lines.contains("# TYPE assent_x_total counter"))
        #expect(lines.contains(#"assent_x_total{outcome="dead"} 3"#))
        #expect(lines.contains(#"assent_batch_seconds_bucket{le="0.0025"} 0"#))
        #expect(lines.contains(#"assent_batch_seconds_bucket{le="0.005"} 1"#))
        #expect(lines.contains(#"assent_batch_seconds_bucket{le="+Inf"} 1"#))
        #expect(lines.contains("assent_batch_seconds_count 1"))
    }
}
