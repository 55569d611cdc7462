extension Settings {
    /// Names of the fields whose values `vault.store` alone takes (V1).
    public var sensitiveFields: Set<String> { Set(fields.filter(\.value.sensitive).map(\.key)) }
}
