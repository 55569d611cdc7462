package import CoreMetrics
import Synchronization

/// Upper bounds of a timer's buckets, in seconds.
private let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/// The process's metrics in Prometheus' text format 0.0.4. No package for it is available here; this type implements
/// the parts that the suite needs.
package final class PrometheusMetrics: MetricsFactory {
    private struct Key: Hashable {
        let name: String
        let labels: String
    }

    private let counters = Mutex<[Key: Count]>([:])
    private let gauges = Mutex<[Key: Gauge]>([:])
    private let histograms = Mutex<[Key: Histogram]>([:])

    /// Nothing measured yet.
    package init() {}

    /// A counter; the same one for the same label and dimensions.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions, in: counters) { Count() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        find(label, dimensions, in: gauges) { Gauge() }
    }

    /// A histogram of seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions, in: histograms) { Histogram() }
    }

    /// A gauge that can be moved.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions, in: gauges) { Gauge() }
    }

    /// Kept for the life of the process.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Kept for the life of the process.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Kept for the life of the process.
    package func destroyTimer(_ handler: any TimerHandler) {}
    /// Kept for the life of the process.
    package func destroyMeter(_ handler: any MeterHandler) {}

    /// The text that `/metrics` answers.
    package var text: String {
        var lines: [String] = []
        append("counter", counters.withLock { $0.map { ($0.key, $0.value.lines) } }, to: &lines)
        append("gauge", gauges.withLock { $0.map { ($0.key, $0.value.lines) } }, to: &lines)
        append("histogram", histograms.withLock { $0.map { ($0.key, $0.value.lines) } }, to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private func append(
        _ type: String, _ metrics: [(key: Key, values: [(suffix: String, label: String, value: String)])],
        to lines: inout [String]
    ) {
        var previous = ""
        for (key, values) in metrics.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }) {
            if key.name != previous { lines.append("# TYPE \(key.name) \(type)") }
            previous = key.name
            for value in values {
                let labels = [key.labels, value.label].filter { !$0.isEmpty }.joined(separator: ",")
                lines.append("\(key.name)\(value.suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(value.value)")
            }
        }
    }

    private func find<Metric>(
        _ label: String, _ dimensions: [(String, String)], in all: borrowing Mutex<[Key: Metric]>,
        make: () -> Metric
    ) -> Metric where Metric: Sendable {
        let labels = dimensions.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
        let key = Key(name: label, labels: labels)
        let made = make()
        return all.withLock { all in
            if let metric = all[key] { return metric }
            all[key] = made
            return made
        }
    }
}

private final class Count: CounterHandler {
    private let value = Atomic<Int64>(0)
    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }
    var lines: [(suffix: String, label: String, value: String)] { [("", "", "\(value.load(ordering: .relaxed))")] }
}

private final class Gauge: RecorderHandler, MeterHandler {
    private let value = Mutex(0.0)
    func record(_ value: Int64) { self.value.withLock { $0 = Double(value) } }
    func record(_ value: Double) { self.value.withLock { $0 = value } }
    func set(_ value: Int64) { record(value) }
    func set(_ value: Double) { record(value) }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    var lines: [(suffix: String, label: String, value: String)] { [("", "", "\(value.withLock { $0 })")] }
}

private final class Histogram: TimerHandler {
    private let state = Mutex((counts: [Int](repeating: 0, count: bounds.count + 1), sum: 0.0))

    func recordNanoseconds(_ duration: Int64) {
        let seconds = Double(duration) / 1e9
        let index = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += seconds
        }
    }

    var lines: [(suffix: String, label: String, value: String)] {
        let (counts, sum) = state.withLock { $0 }
        var lines: [(suffix: String, label: String, value: String)] = []
        var total = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? "\(bounds[index])" : "+Inf"
            lines.append(("_bucket", "le=\"\(bound)\"", "\(total)"))
        }
        return lines + [("_sum", "", "\(sum)"), ("_count", "", "\(total)")]
    }
}
