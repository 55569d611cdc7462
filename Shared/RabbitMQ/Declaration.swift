/// A part of the topology that the broker is to have. Declaring what is there already does nothing.
public enum Declaration: Sendable {
    /// An exchange; `passive` only asks whether it is there.
    case exchange(
        name: String, kind: String, durable: Bool = true, arguments: [String: HeaderValue] = [:], passive: Bool = false)
    /// A queue; `passive` only asks whether it is there.
    case queue(
        name: String, durable: Bool = true, exclusive: Bool = false, autoDelete: Bool = false,
        arguments: [String: HeaderValue] = [:], passive: Bool = false)
    /// Messages of the exchange `source` go to `queue`.
    case binding(source: String, queue: String, key: String, arguments: [String: HeaderValue] = [:])
    /// Messages of the exchange `source` go to the exchange `destination`.
    case exchangeBinding(source: String, destination: String, key: String, arguments: [String: HeaderValue] = [:])
}
