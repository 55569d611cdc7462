/// A part of the broker's topology to declare. Declaring an existing part again changes nothing.
package enum Declaration: Sendable {
    /// An exchange; `passive` only checks that it exists.
    case exchange(
        name: String, kind: String, durable: Bool = true, arguments: [String: HeaderValue] = [:], passive: Bool = false)
    /// A queue; `passive` only checks that it exists.
    case queue(
        name: String, durable: Bool = true, exclusive: Bool = false, autoDelete: Bool = false,
        arguments: [String: HeaderValue] = [:], passive: Bool = false)
    /// Messages of the exchange `source` go to `queue`.
    case binding(source: String, queue: String, key: String, arguments: [String: HeaderValue] = [:])
    /// Messages of the exchange `source` go to the exchange `destination`.
    case exchangeBinding(source: String, destination: String, key: String, arguments: [String: HeaderValue] = [:])
}
