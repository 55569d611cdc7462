/// A number that was measured, as `./dev bench --save` keeps it.
struct Figure: Codable, Equatable {
    /// Which way is an improvement.
    enum Better: String, Codable {
        case more
        case less
    }

    /// The workload and what of it, such as `forms.ratio`.
    let name: String
    let value: Double
    /// Such as `ms`; empty: a ratio.
    let unit: String
    let better: Better
    /// A percentile that few of the measurements decide, and which one hiccup of the machine moves.
    let isTail: Bool

    init(_ name: String, _ value: Double, _ unit: String, better: Better, isTail: Bool = false) {
        self.name = name
        self.value = value
        self.unit = unit
        self.better = better
        self.isTail = isTail
    }
}
