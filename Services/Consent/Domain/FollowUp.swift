package import FoundationEssentials

/// What the suite did about a decision because its grant runs out, or ran out (C7). A later decision has none.
///
/// ### Legal transitions
/// none → asked → unasked · none → unasked, of a grant · none → cleared, of a lapsed grant.
package enum FollowUp: Sendable, Equatable {
    /// The contact was asked to renew by the mail with this id.
    case asked(UUID)
    /// The contact could not be asked: the mail was not sent, or the page would not let the contact renew.
    case unasked
    /// The value that was kept for a renewal was cleared.
    case cleared
}
