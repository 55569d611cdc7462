/// The values of the page's controls as they were rendered, in a hidden field of the form: only a control that was
/// changed on this page is a change, even if another tab changed the others meanwhile.
package struct ShownControls: Sendable, Equatable {
    /// By the control's name; a group of radio buttons without a choice is missing.
    package private(set) var values: [String: String] = [:]

    package init() {}

    /// Reads the hidden field. Names and values have neither blanks nor equals signs.
    package init(_ text: String) {
        for pair in text.split(separator: " ") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            if sides.count == 2 { values[String(sides[0])] = String(sides[1]) }
        }
    }

    package mutating func set(_ name: String, _ value: String?) { values[name] = value }

    /// The content of the hidden field.
    package var text: String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
