import Models

/// Formats the access log's entries as lines of a table. The first page determines the widths of the columns.
struct LogTable {
    /// The columns, in order.
    private static let names = ["at", "user", "contact", "field", "outcome", "count", "reason", "index"]
    private static let count = 5
    private static let reason = 6
    private static let gap = "  "
    /// Columns that shrink if the terminal is narrow, the reason first, and their minimum widths.
    private static let yielding = [1, 2, 3, reason]
    private static let narrowest = 8
    private static let narrowestReason = 12

    /// The terminal's width; nil: unlimited.
    private let columns: Int?
    private var widths: [Int]?

    init(columns: Int?) { self.columns = columns }

    /// The lines of a page; the first page begins with the column names. Empty for an empty page.
    mutating func lines(of entries: [JSON]) -> [String] {
        var rows = entries.map(Self.row)
        guard !rows.isEmpty else { return [] }
        if widths == nil { rows.insert(Self.names, at: 0) }
        let widths = self.widths ?? fitted(rows)
        self.widths = widths
        return rows.map { line($0, widths) }
    }

    private static func row(_ entry: JSON) -> [String] {
        names.map { name in
            switch entry[name] {
            case .string(let text)?: Terminal.cell(text)
            case .number(let number)?: number
            default: "-"
            }
        }
    }

    private func fitted(_ rows: [[String]]) -> [Int] {
        var widths = Self.names.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        guard let columns else { return widths }
        while widths.reduce(Self.gap.count * (widths.count - 1), +) > columns {
            if widths[Self.reason] > Self.narrowestReason {
                widths[Self.reason] -= 1
            } else if let widest = Self.yielding.max(by: { widths[$0] < widths[$1] }), widths[widest] > Self.narrowest {
                widths[widest] -= 1
            } else {
                break
            }
        }
        return widths
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        let cells = zip(row.indices, zip(row, widths)).map { column, cell in
            let (text, width) = cell
            let isCut = columns != nil && text.count > width && Self.yielding.contains(column)
            let shown = isCut ? String(text.prefix(width - 1)) + "\u{2026}" : text
            let blanks = String(repeating: " ", count: max(0, width - shown.count))
            return column == Self.count ? blanks + shown : shown + blanks
        }
        let line = cells.joined(separator: Self.gap)
        return String(line.reversed().drop { $0 == " " }.reversed())
    }
}
