/// Which of a deployment's languages a contact gets.
public enum LanguageChoice {
    /// The language that `locale` names, whole or by its first subtag (`de-AT` gets `de`); else the first one.
    public static func language(for locale: String?, among languages: [String]) -> String {
        let standard = languages.first ?? "en"
        guard let wanted = locale?.lowercased() else { return standard }
        if let same = languages.first(where: { $0.lowercased() == wanted }) { return same }
        let primary = wanted.prefix { $0 != "-" }
        return languages.first { $0.lowercased() == primary }
            ?? languages.first { $0.lowercased().prefix { $0 != "-" } == primary } ?? standard
    }
}
