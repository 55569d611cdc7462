import Cryptography
import Keys
import Models
import PostgreSQL
import VaultDomain

/// Postings read at a time: the minimum, the maximum, and the maximum if their values must be decrypted.
private let fewestAtOnce = 50
private let mostAtOnce = 2000
private let mostOpened = 200
/// Postings without a match after which a page ends early, with a cursor for the next page.
private let mostInVain = 10_000
/// Maximum bytes of ids in one page: 10,000 of the longest ids would not fit a message (contract section 1).
private let largestPage = 900_000

/// Finds contacts by the visible part of their fields (V5), in the order of their ids.
///
/// Postings are committed to the key store before the value is committed to the vault's database, and are deleted only
/// when the value is certain to have been replaced. So each posting is compared with the stamp of the stored value:
/// outdated and uncommitted values are not found, and a crash between the two commits leaves the stored value findable.
struct ContactFinder: Sendable {
    private static let postings = "SELECT place, contact, stamp FROM find_postings($1, $2, $3)"
    /// LATERAL … LIMIT makes the planner look up each posting in the primary key, regardless of its statistics.
    private static let posted = """
        SELECT w.place FROM unnest($1::int8[], $2::text[], $3::int8[])
            WITH ORDINALITY AS w (hash, contact, stamp, place)
        CROSS JOIN LATERAL (
            SELECT FROM find_posting WHERE hash = w.hash AND contact = w.contact AND stamp = w.stamp LIMIT 1) AS p
        """

    let index: FindIndex
    let keys: KeyStore
    let data: Pool

    /// A posting of the search text in one of the fields searched.
    private struct Candidate {
        let lookup: FindIndex.Lookup
        let contact: String
        /// Nil: the contact has more postings than were read.
        let stamp: Int64?

        var place: StoredValues.Place { StoredValues.Place(contact: contact, field: lookup.field) }
    }

    /// The contacts after `start` that match any of the lookups.
    func page(_ lookups: [FindIndex.Lookup], behind start: String, limit: Int) async throws -> ContactPage {
        guard !lookups.isEmpty else { return ContactPage(contacts: [], next: nil) }
        let most = lookups.contains(where: \.opens) ? mostOpened : mostAtOnce
        var contacts: [ContactID] = []
        var size = 0, read = 0
        var behind = start
        while true {
            let wanted = max(min(most, limit - contacts.count + 1), fewestAtOnce + 2 * lookups.count)
            let candidates = try await candidates(lookups, behind, wanted)
            let whole = candidates.count < wanted ? candidates : Self.wholeContacts(candidates, lookups)
            for contact in try await found(whole) {
                size += contact.text.utf8.count + 3
                if contacts.count == limit || size > largestPage {
                    return ContactPage(contacts: contacts, next: Self.cursor(contacts.last?.text))
                }
                contacts.append(contact)
            }
            guard candidates.count == wanted, let last = whole.last else {
                return ContactPage(contacts: contacts, next: nil)
            }
            behind = last.contact
            read += wanted
            if read > limit + mostInVain { return ContactPage(contacts: contacts, next: Self.cursor(behind)) }
        }
    }

    /// The id in a cursor; empty for the first page.
    static func end(of cursor: String?) throws(Refusal) -> String {
        guard let cursor else { return "" }
        guard let bytes = Base64URL.decode(cursor), let last = ContactID(String(decoding: bytes, as: UTF8.self)) else {
            throw Refusal(.invalidField, "is no cursor that an answer gave", at: "/data/after")
        }
        return last.text
    }

    private static func cursor(_ last: String?) -> String? { last.map { Base64URL.encode(Array($0.utf8)) } }

    /// Drops the last contact, whose postings may be incomplete; the next read begins with it. If it is the only one,
    /// because its values were replaced many times within minutes, it becomes a candidate of every lookup.
    private static func wholeContacts(_ candidates: [Candidate], _ lookups: [FindIndex.Lookup]) -> [Candidate] {
        guard let last = candidates.last?.contact else { return [] }
        if let end = candidates.lastIndex(where: { $0.contact != last }) { return Array(candidates[...end]) }
        return lookups.map { Candidate(lookup: $0, contact: last, stamp: nil) }
    }

    private func candidates(_ lookups: [FindIndex.Lookup], _ behind: String, _ most: Int) async throws -> [Candidate] {
        let statement = Statement(
            Self.postings, [.int8s(lookups.map(\.hash)), .text(behind), .int4(Int32(most))])
        return try await keys.pool.run([statement])[0].map { row in
            Candidate(
                lookup: lookups[Int(try row.int64(0)) - 1], contact: try row.text(1), stamp: try row.int64(2))
        }
    }

    /// The distinct contacts whose stored value has the posting's stamp, in order.
    private func found(_ candidates: [Candidate]) async throws -> [ContactID] {
        guard !candidates.isEmpty else { return [] }
        let opens = candidates.contains(where: \.lookup.opens)
        let stored = try await StoredValues(pool: data).values(at: Set(candidates.map(\.place)), withSealed: opens)
        var hits = candidates.filter { $0.stamp != nil && stored[$0.place]?.stamp == $0.stamp }
        var seenPlaces = Set(hits.map(\.place))
        hits += try await secondLook(candidates.filter { seenPlaces.insert($0.place).inserted }, stored)
        if opens { hits = try await matching(hits, stored) }
        let contacts = Set(hits.map(\.contact))
        var seen: Set<String> = []
        return candidates.compactMap { candidate in
            guard contacts.contains(candidate.contact), seen.insert(candidate.contact).inserted else { return nil }
            return ContactID(candidate.contact)
        }
    }

    /// Checks for postings of the value stored now: a value may have been replaced between the two reads, or its
    /// posting may not have been read. One candidate per place.
    private func secondLook(
        _ candidates: [Candidate], _ stored: [StoredValues.Place: StoredValues.Stored]
    ) async throws -> [Candidate] {
        let candidates = candidates.filter { stored[$0.place] != nil }
        guard !candidates.isEmpty else { return [] }
        let statement = Statement(
            Self.posted,
            [
                .int8s(candidates.map(\.lookup.hash)), .texts(candidates.map(\.contact)),
                .int8s(candidates.map { stored[$0.place]?.stamp }),
            ])
        return try await keys.pool.run([statement])[0].map { candidates[Int(try $0.int64(0)) - 1] }
    }

    /// Keeps the candidates whose value contains the whole text, if only its beginning was looked up.
    private func matching(
        _ hits: [Candidate], _ stored: [StoredValues.Place: StoredValues.Stored]
    ) async throws -> [Candidate] {
        let opened = hits.filter(\.lookup.opens)
        let wrapped = try await keys.keys(of: Set(opened.map(\.contact)).sorted())
        return try hits.filter { hit in
            guard let whole = hit.lookup.whole else { return true }
            guard let sealed = stored[hit.place]?.sealed, let held = wrapped[hit.contact] else { return false }
            let cipher = keys.cipher(contact: hit.contact, keys: held)
            let text = try cipher.visibleText(of: sealed, name: hit.lookup.field)
            return text.map { hit.lookup.findable.isFound($0, by: whole) } ?? false
        }
    }
}
