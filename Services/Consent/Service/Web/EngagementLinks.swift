import Cryptography
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Models
import NIOCore
import ServiceKit

/// `/t/<token>` and `/l/<token>`: the pixel and the tracked links of mails to contacts who consented to tracking (C2).
///
/// They work for ever, after a withdrawal too; consent decides whether a visit counts when its message arrives.
struct EngagementLinks: Sendable {
    let linkKeys: KeyRingFile
    let reports: EngagementReports
    let dropped: DroppedEngagement
    /// Limits what counts of one mail. Beyond it links and pixels work all the same.
    let perToken: RateLimit<UUID>?

    /// The answer to a valid link; nil: a page answers that there is none.
    func response(to visit: Visit) -> Response? {
        guard let linkClass = visit.linkClass, [.pixel, .link].contains(linkClass),
            [.get, .head].contains(visit.method),
            let opened = LinkToken.open(visit.token, linkClass, with: linkKeys.ring),
            let contact = ContactID(opened.subject)
        else { return nil }
        switch (linkClass, opened.details.count) {
        case (.pixel, 1):
            note(.mailOpened, opened, contact, visit)
            return Response(status: .ok, headers: Self.pixelHeaders, body: .init(byteBuffer: Self.pixel))
        case (.link, 2):
            note(.linkClicked, opened, contact, visit)
            var headers = Self.headers
            // The target stands in the authenticated token, so that nobody else can make this redirect.
            headers[.location] = opened.details[1]
            return Response(status: .found, headers: headers)
        default: return nil
        }
    }

    /// HEAD counts nothing.
    private func note(_ kind: Engagement.Kind, _ opened: LinkToken.Opened, _ contact: ContactID, _ visit: Visit) {
        guard visit.method == .get else { return }
        guard perToken?.take(opened.id) == nil else { return dropped.count(.tooMany) }
        reports.note(Engagement(kind, item: opened.details[0]), of: contact)
    }

    /// A transparent GIF of one pixel.
    static let pixel = ByteBuffer(bytes: [
        0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF,
        0xFF,
        0x21, 0xF9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2C, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00,
        0x02,
        0x02, 0x44, 0x01, 0x00, 0x3B,
    ])

    private static let pixelHeaders: HTTPFields = {
        var fields = headers
        fields[.contentType] = "image/gif"
        return fields
    }()

    private static let headers: HTTPFields = {
        var fields: HTTPFields = [.cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
        for (name, value) in [("Referrer-Policy", "no-referrer"), ("X-Robots-Tag", "noindex")] {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }()
}
