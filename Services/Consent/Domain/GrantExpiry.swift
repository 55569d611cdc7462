/// When a grant of a consent lapses, and what goes before and after (C7).
package struct GrantExpiry: Sendable, Equatable {
    /// From the decision to its end.
    package let validFor: Duration
    /// How long before the end the contact is asked to renew.
    package let renewBefore: Duration
    /// How long after the end the locked value is kept.
    package let clearAfter: Duration

    /// A `renewBefore` that is not shorter than `validFor`, as the default can be, counts as half of that: nobody is
    /// asked to renew right after the grant.
    package init(validFor: Duration, renewBefore: Duration, clearAfter: Duration) {
        self.validFor = validFor
        self.renewBefore = renewBefore < validFor ? renewBefore : validFor / 2
        self.clearAfter = clearAfter
    }
}
