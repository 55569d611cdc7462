/// Why a rotation does not go on; nothing is lost by it. Names instances and numbers, nothing of a contact.
package enum RotationRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The key store has no current version.
    case noVault
    /// Another command rotates at this moment.
    case running
    /// These living instances do not have the key file's versions, or have another key for this one.
    case behind([String], version: Int)
    /// These living instances have a version that is to become current, and this key file lacks it.
    case ahead([String], version: Int)
    /// The number of rows that name the current version, but open under one that is to be removed.
    case misplaced(Int)
    /// The number of rows that hold a key which does not open.
    case unreadable(Int)
    /// A rotation was begun and has not come to its end.
    case unfinished
    /// These living instances do not know yet which version is current.
    case stillWrapping([String], current: Int)

    /// The cause in a sentence, and the operator's next step.
    package var description: String {
        switch self {
        case .noVault: "no vault has used this key store yet: start one first"
        case .running: "another rotation is under way"
        case .behind(let instances, let version):
            """
            \(instances.count) living instance\(instances.count == 1 ? " has" : "s have") not read the change of the \
            key file (version \(version)), or \(instances.count == 1 ? "has" : "have") another key for it: \
            \(instances.joined(separator: ", ")). Bring the file there, and run this again
            """
        case .ahead(let instances, let version):
            """
            \(instances.joined(separator: ", ")): living, with version \(version), which this key file lacks. \
            Another rotation was begun there: bring that file here, and run this again
            """
        case .misplaced(let rows):
            "\(rows) row\(rows == 1 ? "" : "s") must have been changed by hand, and still need\(rows == 1 ? "s" : "") "
                + "an old version: run assent keys rotate first, which mends that, then this again"
        case .unreadable(let rows):
            "\(rows) row\(rows == 1 ? " holds a key that does" : "s hold keys that do") not open: left as it was, and "
                + "the old version stays"
        case .unfinished: "a rotation is unfinished, and rows need its old version: run assent keys rotate first"
        case .stillWrapping(let instances, let current):
            "not yet at version \(current): \(instances.joined(separator: ", ")). Run this again"
        }
    }
}
