import Foundation

func two(_ value: Double) -> String { String(format: "%.2f", value) }

/// What `./dev bench` says by an environment variable.
func variable(_ name: String) throws -> String {
    guard let text = ProcessInfo.processInfo.environment[name] else {
        throw Failure("\(name) must be set: run ./dev bench")
    }
    return text
}

func address(_ name: String) throws -> URLComponents {
    guard let url = URLComponents(string: try variable(name)) else { throw Failure("\(name) is no address") }
    return url
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
