import Foundation

/// A service's environment: secrets and addresses, each as `NAME` or, better, as a file named by `NAME_FILE`.
package struct ServiceEnvironment: Sendable {
    private let variables: [String: String]

    package init() { self.init(ProcessInfo.processInfo.environment) }

    package init(_ variables: [String: String]) { self.variables = variables }

    /// A mistake in the environment.
    package struct Mistake: Error, Sendable, CustomStringConvertible {
        /// In a sentence; names variables and files, no value.
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    /// The value of `NAME`, or the content of the file `NAME_FILE` less one line end; nil where neither is set.
    package func optional(_ name: String) throws(Mistake) -> String? {
        let value = variables[name]
        guard let file = variables[name + "_FILE"] else { return value }
        guard value == nil else { throw Mistake("\(name) and \(name)_FILE are both set") }
        return try Self.content(of: file, variable: name + "_FILE")
    }

    /// The value of `NAME` or the content of the file `NAME_FILE`.
    package func required(_ name: String) throws(Mistake) -> String {
        guard let value = try optional(name), !value.isEmpty else {
            throw Mistake("\(name) or \(name)_FILE must be set")
        }
        return value
    }

    /// The content of the file that the variable names, such as `JWKS_FILE`.
    package func file(_ name: String) throws(Mistake) -> String {
        try Self.content(of: try path(name), variable: name)
    }

    /// The file that the variable names, to be read again when it changes.
    func watched(_ name: String) throws(Mistake) -> WatchedFile { WatchedFile(path: try path(name), variable: name) }

    private func path(_ name: String) throws(Mistake) -> String {
        guard let path = variables[name] else { throw Mistake("\(name) must be set") }
        return path
    }

    /// A whole number of at least one, and no more than `limit`; `standard` where the variable is not set.
    package func count(_ name: String, standard: Int, atMost limit: Int = .max) throws(Mistake) -> Int {
        guard let text = try optional(name) else { return standard }
        guard let count = Int(text), 1...limit ~= count else {
            throw Mistake("\(name) must be a whole number " + (limit == .max ? "above 0" : "from 1 to \(limit)"))
        }
        return count
    }

    static func content(of path: String, variable: String) throws(Mistake) -> String {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else { throw Mistake("the file that \(variable) names cannot be read") }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
