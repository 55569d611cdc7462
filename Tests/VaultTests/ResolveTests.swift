import Cryptography
import Foundation
import Keys
import Models
import PostgreSQL
import ServiceKit
import Settings
import TestSupport
import Testing
import VaultDomain

@testable import Messaging
@testable import VaultService

/// `internal.resolve` against both databases.
@Suite(.database)
struct ResolveTests {
    private let now = Timestamp(microseconds: 1_763_800_000_000_000)

    private func ring() throws -> KeyRing {
        let key = Base64URL.encode([UInt8](repeating: 7, count: 32))
        return try KeyRing(json: #"{"keys":[{"version":1,"key":"\#(key)"}]}"#)
    }

    private func answer(
        fields: [String], by handler: any QueryHandler<VaultEnvironment>.Type = ResolveHandler.self
    ) async throws -> ResolveAnswer.Contact? {
        let ring = try ring()
        let settings = try Settings.load(
            yaml: """
                brand: {name: T}
                languages: [en]
                fields: {creditCard: {sensitive: true}, firstName: {}, birthday: {}, size: {}}
                consents:
                  day: {kind: field, field: birthday, version: "1", text: {en: Yes}}
                  size: {kind: field, field: size, version: "1", text: {en: Yes}}
                """)
        let replyKey = PrivateSealingKey.generate()
        var result: ResolveAnswer.Contact?
        try await TestDatabase.withSchema(VaultMigrations.data) { data in
            try await TestDatabase.withSchema(VaultMigrations.keys) { keys in
                let store = FieldsStore(KeyStore(pool: keys, ring: HeldKeys(ring)))
                var contact = Fields.unknown
                let values = [
                    "firstName": "Anna", "creditCard": "4111", "long": String(repeating: "x", count: 4000),
                    "birthday": "2000-01-01", "size": "38", "nickname": "Ann",
                ]
                let edit = ContactEdit(
                    address: .init(text: "anna@example.com", hashes: .init(newest: "h")), locale: "de",
                    fields: Dictionary(uniqueKeysWithValues: values.map { (FieldName(stored: $0), .some($1)) }))
                try contact.create(edit, rules: .none, by: "crm", at: now)
                _ = contact.order(FieldName(stored: "size"), lock: false, clear: false, sequence: 1)
                _ = contact.order(FieldName(stored: "nickname"), lock: true, clear: false, sequence: 1)
                _ = try await data.run(try await store.saving([("c-1", contact)], at: now))
                let question = ResolveQuestion(
                    contacts: [.init(contact: try #require(ContactID("c-1")), addressHash: nil)], fields: fields,
                    replyKey: try JSON(parsing: Array(replyKey.publicKey.jwk.utf8)))
                let event = Event(
                    id: UUID(), source: "/assent/notifier", type: ResolveHandler.type, subject: "mails", time: now,
                    data: question.json)
                let message = Message(
                    event: event, exchange: .internal, account: "notifier", replyAddress: nil, traceparent: nil,
                    bodyHash: [], authorization: nil)
                let environment = VaultEnvironment(
                    settings: settings, addressKeys: AddressKeys(ring), keys: store.keys)
                let reply = try await handler.init(reading: try Reader(event.data, at: "/data")).answer(
                    QueryContext(environment: environment, message: message, pool: data, now: now))
                let opened = try JWE.open(try #require(reply["sealed"]?.text)) { _ in replyKey }
                let answer = try ResolveAnswer(reading: try Reader(try JSON(parsing: opened.plaintext), at: ""))
                result = answer.contacts["c-1"]
            }
        }
        return result
    }

    @Test("N1 the notifier gets the fields it asks for, never a sensitive or locked one, no more than a mail shows")
    func fields() async throws {
        let hash = KeyedHash.address("anna@example.com", with: try ring())[0]
        let all = ["firstName", "creditCard", "long", "none", "@email", "@locale", "birthday", "size", "nickname"]
        #expect(
            try await answer(fields: all)
                == .found(
                    email: "anna@example.com", addressHash: hash, locale: "de",
                    fields: ["firstName": "Anna", "size": "38", "long": String(repeating: "x", count: 256)]))
        let bare = ResolveAnswer.Contact.found(
            email: "anna@example.com", addressHash: hash, locale: "de", fields: [:])
        #expect(try await answer(fields: []) == bare)
    }

    @Test("C6 a workflow's message gets whole values, and no sensitive or locked one either")
    func workflows() async throws {
        let hash = KeyedHash.address("anna@example.com", with: try ring())[0]
        let asked = ["firstName", "creditCard", "long", "birthday", "nickname"]
        #expect(
            try await answer(fields: asked, by: ResolveWorkflowHandler.self)
                == .found(
                    email: "anna@example.com", addressHash: hash, locale: "de",
                    fields: ["firstName": "Anna", "long": String(repeating: "x", count: 4000)]))
    }
}
