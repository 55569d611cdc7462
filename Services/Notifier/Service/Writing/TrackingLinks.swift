import Cryptography
import FoundationEssentials
import Models
import NotifierDomain
import ServiceKit

/// Maximum tracked links of a mail: each is some hundred bytes longer than its target. Further ones are left as they
/// are.
private let mostLinks = 200

/// The pixel and the tracked links of a campaign's mail to a contact who allows tracking (C2).
struct TrackingLinks: Sendable {
    let site: PublicAddress
    let keys: KeyRingFile

    /// The content with tracking; one without HTML stays as it is.
    func added(to content: MailMessage.Content, _ mail: ClaimedMail) -> MailMessage.Content {
        guard let campaign = mail.kind.campaign, content.html != nil else { return content }
        let ring = keys.ring
        func url(_ linkClass: LinkClass, _ details: [String]) -> String {
            let token = LinkToken.make(
                linkClass, id: mail.id, subject: mail.contact.text, details: details, with: ring)
            return "\(site.url)/\(linkClass.rawValue)/\(token)"
        }
        return content.tracked(pixel: url(.pixel, [campaign])) { number, target in
            guard number <= mostLinks, target.utf8.count <= LinkToken.longestTarget, !isOwn(target) else { return nil }
            return url(.link, ["\(campaign)#\(number)", target])
        }
    }

    /// Whether a link leads to the suite's own pages, whose tokens no other link may hold.
    private func isOwn(_ target: String) -> Bool {
        let (target, own) = (target.lowercased(), site.url.lowercased())
        guard target.hasPrefix(own) else { return false }
        let next = target.dropFirst(own.count).first
        return next.map { "/?#".contains($0) } ?? true
    }
}
