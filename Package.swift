// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Keeps a service's resident memory small: lld packs the relocations, megabytes that are read at the start, and
/// exports nothing that nobody looks up.
let compactLinking: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
        ], .when(platforms: [.linux], configuration: .release))
]

/// A C library of the system's, imported by one module alone.
func clibrary(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
    .systemLibrary(name: name, path: "Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

/// A module that services share; arrows go downward only.
func shared(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Shared/\(name)", resources: resources, swiftSettings: settings)
}

/// A service: a pure domain that imports the models alone, and the executable around it.
func service(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> [Target] {
    [
        .target(
            name: "\(name)Domain", dependencies: ["Models"], path: "Services/\(name)/Domain", swiftSettings: settings),
        .executableTarget(
            name: "\(name)Service", dependencies: [.byName(name: "\(name)Domain"), "ServiceKit"] + dependencies,
            path: "Services/\(name)/Service", resources: [.embedInCode("Store/Migrations")] + resources,
            swiftSettings: settings, linkerSettings: compactLinking),
    ]
}

func test(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)Tests",
        exclude: exclude,
        swiftSettings: settings)
}

let package = Package(
    name: "Assent",
    products: [
        .executable(name: "consent", targets: ["ConsentService"]),
        .executable(name: "optin", targets: ["OptInService"]),
        .executable(name: "vault", targets: ["VaultService"]),
        .executable(name: "erasure", targets: ["ErasureService"]),
        .executable(name: "notifier", targets: ["NotifierService"]),
        .executable(name: "assent", targets: ["Operator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        clibrary("COpenSSL", "libcrypto", "libssl-dev"),
        clibrary("CRabbitMQ", "librabbitmq", "librabbitmq-dev"),
        clibrary("CPostgreSQL", "libpq", "libpq-dev"),
        clibrary("CCurl", "libcurl", "libcurl4-openssl-dev"),
        clibrary("CIDN", "libidn2", "libidn2-dev"),
        .systemLibrary(name: "CAllocator", path: "Shared/CAllocator"),
        shared("Models", ["CIDN"]),
        shared("Settings", ["Models", "Yams"]),
        shared("Words", ["Models", "Settings"]),
        shared("Cryptography", ["COpenSSL", "Models"]),
        shared("RabbitMQ", ["CRabbitMQ"]),
        shared("PostgreSQL", ["CPostgreSQL"]),
        shared(
            "Ledger", ["Models", "Cryptography", "PostgreSQL"], resources: [.embedInCode("Migrations")]),
        shared(
            "FieldMemory", ["Models", "Settings", "PostgreSQL"], resources: [.embedInCode("Migrations")]),
        shared("Keys", ["Models", "Cryptography", "PostgreSQL"]),
        shared(
            "Messaging",
            [
                "Models", "Settings", "Cryptography", "RabbitMQ", "PostgreSQL",
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ], resources: [.embedInCode("Migrations")]),
        shared(
            "ServiceKit",
            [
                "CAllocator", "Messaging", "FieldMemory",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "ConsentPages",
            dependencies: [
                "ConsentDomain", "Cryptography", "Models", "Settings", "Words",
                .product(name: "Mustache", package: "swift-mustache"),
            ], path: "Services/Consent/Pages", resources: [.embedInCode("Templates")], swiftSettings: settings),
        shared(
            "LedgerService",
            [
                "Ledger", "ServiceKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "Operator",
            dependencies: [
                "Models", "Settings", "Cryptography", "RabbitMQ", "PostgreSQL", "Ledger", "Keys", "FieldMemory",
                "ConsentDomain", "ConsentPages", "Words",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Services/Operator", swiftSettings: settings),
        .executableTarget(
            name: "bare-broker", dependencies: ["CPostgreSQL"], path: "Benchmarks/BareBroker",
            linkerSettings: [.linkedLibrary("rabbitmq"), .linkedLibrary("pq")]),
        .executableTarget(
            name: "bare-mail", path: "Benchmarks/BareMail", linkerSettings: [.linkedLibrary("curl")]),
        .executableTarget(
            name: "bench", dependencies: ["Models", "Cryptography", "RabbitMQ", "PostgreSQL", "Keys", "VaultDomain"],
            path: "Benchmarks/Bench", swiftSettings: settings),
        .testTarget(
            name: "TestSupport", dependencies: ["PostgreSQL"], path: "Tests/TestSupport", swiftSettings: settings),
        test("Models", ["Models"]),
        test("Settings", ["Settings"]),
        test("Words", ["Words", "Models"]),
        test("Cryptography", ["Cryptography", "Models"], exclude: ["Vectors"]),
        test("RabbitMQ", ["RabbitMQ"]),
        test("PostgreSQL", ["PostgreSQL"]),
        test("Ledger", ["Ledger", "Models", "Cryptography", "PostgreSQL"]),
        test("Messaging", ["Messaging"]),
        test("ServiceKit", ["ServiceKit", .product(name: "Crypto", package: "swift-crypto")]),
        test("Tidy", []),
        test("Bench", ["bench"]),
        test("System", []),
        test("OptIn", ["OptInDomain", "OptInService"]),
        test("Vault", ["VaultDomain", "VaultService", "Ledger", "LedgerService", "Keys", "FieldMemory"]),
        test("Operator", ["Operator", "Models", "RabbitMQ", "Cryptography", "Ledger"]),
        test(
            "Consent",
            ["ConsentDomain", "ConsentPages", "ConsentService", "Ledger", "LedgerService", "FieldMemory", "Words"]),
        test("Erasure", ["ErasureDomain", "ErasureService"]),
        test("Notifier", ["NotifierDomain", "NotifierService", "Words"], exclude: ["MailServer.py"]),
    ]
        + service(
            "Consent", ["ConsentPages", "LedgerService", "FieldMemory", "Words"])
        + service("OptIn", ["FieldMemory"])
        + service("Vault", ["LedgerService", "Keys"])
        + service("Erasure")
        + service(
            "Notifier", ["CCurl", "Words", .product(name: "Mustache", package: "swift-mustache")],
            resources: [.embedInCode("Mails")])
)
