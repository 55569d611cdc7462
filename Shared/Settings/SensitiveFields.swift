package import Models

extension Settings {
    /// Names of the fields whose values `vault.store` alone takes (V1).
    package var sensitiveFields: Set<String> { Set(fields.filter(\.value.sensitive).map(\.key)) }

    /// The names of the sensitive fields, to be compared with keys that may be misspelt (V7).
    package var sensitiveNames: SensitiveNames { SensitiveNames(sensitiveFields) }
}
