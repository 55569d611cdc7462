import Foundation

/// A program that stands beside this one, ready to run.
func program(_ name: String, _ arguments: [String], environment: [String: String] = [:], output: Pipe) -> Process {
    let process = Process()
    process.executableURL = Bundle.main.bundleURL.appendingPathComponent(name)
    process.arguments = arguments
    process.environment = environment
    process.standardOutput = output
    return process
}

/// Runs a program to its end and returns the number that it prints.
func numberFromProgram(
    _ name: String, _ arguments: [String], environment: [String: String] = [:], input: URL? = nil
) throws -> Double {
    let output = Pipe()
    let process = program(name, arguments, environment: environment, output: output)
    if let input { process.standardInput = try FileHandle(forReadingFrom: input) }
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, let number = Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
    else { throw Failure("\(name) failed") }
    return number
}

/// Messages per second that the bare broker carries, by the C program, which stands beside this one; with `outgoing`,
/// that the C program carries which takes each batch through the service's transaction and publishes so many for each.
func bareBroker(messages: Int, bodyBytes: Int, outgoing: Int? = nil) throws -> Double {
    let url = try address("AMQP_URL")
    var arguments = [url.host ?? "", "\(url.port ?? 5672)", url.user ?? "", "assent", "\(messages)", "\(bodyBytes)"]
    var environment = ["PASSWORD": url.password ?? ""]
    if let outgoing {
        arguments.append("\(outgoing)")
        environment["DATABASE_URL"] = try variable("OPTIN_DATABASE_OWNER_URL")
    }
    return try numberFromProgram("bare-broker", arguments, environment: environment)
}
