import ConsentPages
import Cryptography
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Models
import NIOCore
import ServiceKit
import Settings
import Words

/// Maximum bytes of a form; our forms have a few hundred.
private let longestForm = 16 * 1024
/// Timeout from the head of a request to the end of its form.
private let formTimeout = Duration.seconds(10)
/// Timeout of a connection without a request.
private let idleTimeout = TimeAmount.seconds(30)
/// Maximum bytes of a request's head; the longest parts are the User-Agent and a token.
private let longestHead = 16 * 1024

/// The contacts' web (contract section 7). Every request gets a page, except the one for the public keys. No path is
/// logged, because it holds a token.
struct ContactsWeb: HTTPResponder {
    private let renderer: PageRenderer
    private let linkKeys: KeyRingFile
    private let optIn: OptInPages
    private let unsubscribe: UnsubscribePages
    private let preferences: PreferencePage
    private let changes: ChangePages
    private let engagement: EngagementLinks
    private let keys: KeysDocument
    private let trustedProxy: String?
    private let perToken: RateLimit<UUID>?
    private let perVisitor: RateLimit<String>?
    private let log: Logger

    init(
        renderer: PageRenderer, environment: ConsentEnvironment, others: OtherServices, reads: PageReads,
        keys: KeysDocument, reports: EngagementReports, trustedProxy: String?, log: Logger
    ) {
        self.renderer = renderer
        linkKeys = environment.linkKeyFile
        self.keys = keys
        self.trustedProxy = trustedProxy
        let limits = environment.settings.web
        perToken = RateLimit(limits.perToken)
        perVisitor = RateLimit(limits.perVisitor)
        self.log = log
        let flow = PageFlow(renderer: renderer, reads: reads)
        optIn = OptInPages(flow: flow, others: others, linkKeys: linkKeys)
        unsubscribe = UnsubscribePages(flow: flow, others: others)
        preferences = PreferencePage(flow: flow, others: others, environment: environment)
        changes = ChangePages(flow: flow, others: others, environment: environment)
        engagement = EngagementLinks(
            linkKeys: linkKeys, reports: reports, dropped: environment.droppedEngagement,
            perToken: RateLimit(limits.perToken))
    }

    /// The HTTP server, which runs beside the message consumers.
    func application(at address: ListenAddress) -> some ApplicationProtocol {
        var server = HTTP1Channel.Configuration(idleTimeout: idleTimeout)
        server.httpDecoder.maxHeaderListSize = longestHead
        server.httpDecoder.maxHeaderFieldSize = longestHead
        return Application(
            responder: self, server: .http1(configuration: server),
            configuration: .init(address: address.bind, serverName: nil), logger: log)
    }

    func respond(to request: Request, context: WebContext) async -> Response {
        if request.uri.path == KeysDocument.path { return keys.response(to: request.method) }
        let visit = Visit(request, peer: context.peer, trustedProxy: trustedProxy)
        if let response = engagement.response(to: visit) {
            return visit.method == .head ? response.createHeadResponse() : response
        }
        let page =
            if let refused = tooMany(visit, perVisitor?.take, visit.visitor) { refused } else {
                await page(visit, request)
            }
        let response = Response(
            status: HTTPResponse.Status(code: page.status.rawValue),
            headers: PageHeaders.fields(of: page, stylePolicy: renderer.stylePolicy),
            body: .init(byteBuffer: ByteBuffer(string: page.html)))
        return visit.method == .head ? response.createHeadResponse() : response
    }

    private func page(_ visit: Visit, _ request: Request) async -> Page {
        switch visit.linkClass {
        case .optIn:
            return await page(visit, .optIn) {
                await optIn.show($0.id, visit)
            } post: { link in
                await withForm(request, visit) { await optIn.act(link.id, $0, visit) }
            }
        case .unsubscribe:
            return await page(visit, .unsubscribe) {
                await unsubscribe.show($0, visit)
            } post: { link in
                await oneClick(link, request, visit)
            }
        case .page:
            return await page(visit, .page) {
                await preferences.show($0, visit)
            } post: { link in
                await withForm(request, visit) { await preferences.act(link, $0, visit) }
            }
        case .confirm:
            return await page(visit, .confirm) {
                await changes.show($0.id, visit)
            } post: { link in
                await withForm(request, visit) { await changes.act(link.id, $0, visit) }
            }
        case .pixel, .link:
            // A valid link was answered before (`EngagementLinks`), unless the method is not GET or HEAD.
            let isLooking = [.get, .head].contains(visit.method)
            var page =
                isLooking
                ? notice(\.unknownPage, .notFound, visit) : notice(\.wrongMethod, .methodNotAllowed, visit)
            if !isLooking { page.allow = "GET, HEAD" }
            return page
        case .access, nil:
            return notice(\.unknownPage, .notFound, visit)
        }
    }

    private func page(
        _ visit: Visit, _ linkClass: LinkClass, get: (LinkToken.Opened) async -> Page,
        post: ((LinkToken.Opened) async -> Page)? = nil
    ) async -> Page {
        guard [.get, .head].contains(visit.method) || visit.method == .post && post != nil else {
            var page = notice(\.wrongMethod, .methodNotAllowed, visit)
            page.allow = post == nil ? "GET, HEAD" : "GET, HEAD, POST"
            return page
        }
        guard let link = LinkToken.open(visit.token, linkClass, with: linkKeys.ring), says(whose: link, linkClass)
        else { return notice(\.unknownPage, .notFound, visit) }
        if let page = tooMany(visit, perToken?.take, link.id) { return page }
        if visit.method == .post, let post { return await post(link) }
        return await get(link)
    }

    /// Whether the token carries its contact exactly where its class requires it: a one-click link, because it must
    /// work while other services are down (O11), a page link, because the notifier makes one for each mail (P4), and
    /// tracking (C2).
    private func says(whose link: LinkToken.Opened, _ linkClass: LinkClass) -> Bool {
        switch linkClass {
        case .unsubscribe, .page, .pixel, .link: !link.subject.isEmpty
        case .optIn, .confirm, .access: link.subject.isEmpty
        }
    }

    /// The rate limit's page, or nil. A one-click POST is never limited: a mail program sends it and would not retry
    /// (O11).
    private func tooMany<Key>(
        _ visit: Visit, _ take: ((Key, ContinuousClock.Instant) -> Duration?)?, _ key: Key
    ) -> Page? {
        guard visit.linkClass != .unsubscribe || visit.method != .post, let wait = take?(key, .now) else { return nil }
        var page = notice(\.tooManyVisits, .tooManyRequests, visit)
        page.retryAfter = Int(wait.components.seconds) + 1
        return page
    }

    /// The token alone identifies the contact and the order (contract section 7), so any body is accepted, even an
    /// incomplete one. Only a body larger than any form is refused, to bound what a client can send.
    private func oneClick(_ link: LinkToken.Opened, _ request: Request, _ visit: Visit) async -> Page {
        do {
            _ = try await body(of: request)
        } catch FormFailure.tooLarge {
            return notice(\.tooLarge, .contentTooLarge, visit)
        } catch {
            log.debug("reading the body of a one-click unsubscribe request failed; unsubscribing all the same")
        }
        return await unsubscribe.act(link, visit)
    }

    private func withForm(_ request: Request, _ visit: Visit, _ act: (FormBody?) async -> Page) async -> Page {
        do {
            let body = try await body(of: request)
            return await act(FormBody(contentType: request.headers[.contentType], body: body))
        } catch FormFailure.tooLarge {
            return notice(\.tooLarge, .contentTooLarge, visit)
        } catch {
            return notice(\.tooSlow, .requestTimeout, visit)
        }
    }

    private func body(of request: Request) async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                for try await buffer in request.body {
                    guard bytes.count + buffer.readableBytes <= longestForm else { throw FormFailure.tooLarge }
                    bytes.append(contentsOf: buffer.readableBytesView)
                }
                return bytes
            }
            group.addTask {
                try await Task.sleep(for: formTimeout)
                throw FormFailure.tooSlow
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    private func notice(_ notice: NoticePath, _ status: Page.Status, _ visit: Visit) -> Page {
        renderer.notice(notice, status, renderer.words(accept: visit.acceptLanguage))
    }
}

/// Why a form could not be read.
private enum FormFailure: Error {
    case tooLarge
    case tooSlow
}
