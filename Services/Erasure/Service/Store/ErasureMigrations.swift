import PostgreSQL

/// The service's own migrations.
enum ErasureMigrations {
    static let all = [
        Migration(101, "requests", PackageResources._01_requests_sql)
    ]
}
