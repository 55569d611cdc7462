/// Letters of a name: a longer one gets no suggestion, since the configuration's names are shorter.
private let longestCompared = 64

/// The name that a misspelt one probably means, as a suggestion in a refusal; nil where none is near. Case, `-`, `_`
/// and spaces do not count; beside these, one letter in four of the longer name may be wrong, two at most.
package func nearestName(to name: String, among names: some Sequence<String>) -> String? {
    let letters = compared(name)
    guard letters.count <= longestCompared else { return nil }
    var nearest: (name: String, distance: Int)?
    for candidate in names.sorted() {
        let others = compared(candidate)
        let most = min(2, max(letters.count, others.count) / 4)
        guard abs(others.count - letters.count) <= most else { continue }
        let distance = editDistance(letters, others)
        if distance <= most, distance < nearest?.distance ?? .max { nearest = (candidate, distance) }
    }
    return nearest?.name
}

private func compared(_ name: String) -> [Character] {
    name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
}

/// Letters to insert, remove, replace or swap with their neighbour (optimal string alignment).
private func editDistance(_ one: [Character], _ other: [Character]) -> Int {
    var before: [Int] = []
    var last = Array(0...other.count)
    for (row, letter) in one.enumerated() {
        var current = [row + 1]
        for (column, otherLetter) in other.enumerated() {
            let replaced = last[column] + (letter == otherLetter ? 0 : 1)
            var distance = min(replaced, last[column + 1] + 1, current[column] + 1)
            if row > 0, column > 0, letter == other[column - 1], one[row - 1] == otherLetter {
                distance = min(distance, before[column - 1] + 1)
            }
            current.append(distance)
        }
        (before, last) = (last, current)
    }
    return last[other.count]
}
