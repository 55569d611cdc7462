import HTTPTypes
import Messaging
import Models
import Words

/// A heading and a paragraph that say what happened, or why nothing did.
typealias NoticePath = any KeyPath<Words.Notices, Words.Notice> & Sendable

/// What the pages of all links do alike: choose the words, carry out the order of a POST, wait for its answer, and say
/// why something is not possible.
struct PageFlow: Sendable {
    let renderer: PageRenderer
    let links: PageLinks

    /// In the visitor's language, else in the contact's.
    func words(for contact: ContactID? = nil, _ visit: Visit) async -> Words {
        guard let contact else { return renderer.words(accept: visit.acceptLanguage) }
        return renderer.words(accept: visit.acceptLanguage, locale: await links.locale(of: contact))
    }

    /// Carries out an order. Where the answer takes longer than the visitor waits, the page says that the order is
    /// recorded, and looks again.
    ///
    /// - Parameters:
    ///   - action: the button, which the page that looks again names.
    ///   - refused: what a refusal of this order means; nil: as for every page.
    func carryOut(
        _ action: ConfirmOrder.Action, _ words: Words, _ order: () async throws(AskError) -> Page,
        refused: (Refusal) async -> Page? = { _ in nil }
    ) async -> Page {
        do throws(AskError) {
            return try await order()
        } catch {
            switch error {
            case .unanswered: return waiting(action, look: 1, words)
            case .unreachable: return notice(\.unavailable, .serviceUnavailable, words)
            case .refused(let refusal): return await refused(refusal) ?? failed(refusal, words)
            }
        }
    }

    /// The page of an order that is under way; nil: it has looked again often enough, and the form is shown.
    func waiting(_ visit: Visit, _ words: Words) -> Page? {
        guard let sent = visit.sent, visit.look < mostLooks else { return nil }
        return waiting(sent, look: visit.look + 1, words)
    }

    private func waiting(_ action: ConfirmOrder.Action, look: Int, _ words: Words) -> Page {
        renderer.waiting(words, again: "?sent=\(action.rawValue)&look=\(look)", form: "?")
    }

    func notice(_ notice: NoticePath, _ status: HTTPResponse.Status, _ words: Words) -> Page {
        renderer.notice(notice, status, words)
    }

    /// What a link opens could not be read.
    func failed(_ error: AskError, _ visit: Visit) async -> Page {
        let words = await words(visit)
        guard case .refused(let refusal) = error else { return notice(\.unavailable, .serviceUnavailable, words) }
        return failed(refusal, words)
    }

    private func failed(_ refusal: Refusal, _ words: Words) -> Page {
        switch refusal.code {
        case .notFound: notice(\.unknownPage, .notFound, words)
        case .expired: notice(\.expired, .gone, words)
        case .erased, .unknownContact: notice(\.nothingLeft, .gone, words)
        case .conflict: notice(\.superseded, .gone, words)
        case .malformed, .invalidField, .notPermitted, .locked, .optedOut, .onHold, .tooLarge, .tooMany, .failed,
            .unavailable:
            notice(\.unavailable, .serviceUnavailable, words)
        }
    }
}
