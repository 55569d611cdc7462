import ConsentPages
import Messaging
import Models
import Words

/// The steps common to all pages: choose the language, send the order of a POST, wait for its answer, and report
/// failures.
struct PageFlow: Sendable {
    let renderer: PageRenderer
    let reads: PageReads

    /// The words in the visitor's language, else in the contact's.
    func words(for contact: ContactID? = nil, _ visit: Visit) async -> Words {
        guard let contact else { return renderer.words(accept: visit.acceptLanguage) }
        return renderer.words(accept: visit.acceptLanguage, locale: await reads.locale(of: contact))
    }

    /// Sends an order. If the answer takes longer than the timeout, the page says that the order is recorded, and
    /// polls.
    ///
    /// - Parameters:
    ///   - action: the button pressed, which the polling page carries in its address. Nil: the page shows by itself
    ///     what became of it.
    ///   - refused: the page for a refusal of this order; nil: the common page.
    func carryOut(
        _ action: ConfirmOrder.Action?, _ words: Words, _ order: () async throws(AskError) -> Page,
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

    /// The page of an order that is under way; nil after the last poll, when the form is shown again.
    func waiting(_ visit: Visit, _ words: Words) -> Page? {
        guard let sent = visit.sent, visit.look < mostLooks else { return nil }
        return waiting(sent, look: visit.look + 1, words)
    }

    func waiting(_ action: ConfirmOrder.Action?, look: Int, _ words: Words) -> Page {
        guard let action else { return renderer.waiting(words, again: "?", form: "?") }
        return renderer.waiting(words, again: "?sent=\(action.rawValue)&look=\(look)", form: "?")
    }

    func notice(_ notice: NoticePath, _ status: Page.Status, _ words: Words) -> Page {
        renderer.notice(notice, status, words)
    }

    /// The page that is shown if reading what a link opens failed.
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
