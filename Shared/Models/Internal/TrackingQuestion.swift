/// `internal.tracking`, notifier → consent: which of these contacts allow engagement tracking now (C2)? Answered with a
/// lease (X3).
package struct TrackingQuestion: Sendable {
    /// Routing key.
    package static let type = "internal.tracking"

    package let contacts: [ContactID]

    package init(_ contacts: [ContactID]) { self.contacts = contacts }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        contacts = try data.contacts("contacts", limit: GateQuestion.limit)
    }

    /// As `data`.
    package var json: JSON { ["contacts": .array(contacts.map { .string($0.text) })] }
}

/// The answer to `internal.tracking`: mails to these contacts may carry a pixel and tracked links within the lease.
package struct TrackingAnswer: Sendable {
    package let granted: [ContactID]

    package init(granted: [ContactID]) { self.granted = granted }

    /// From the reply's `data`.
    package init(reading data: Reader) throws(Refusal) {
        granted = try data.contacts("granted", limit: GateQuestion.limit)
    }

    /// As the reply's result.
    package var json: JSON {
        ["granted": .array(granted.map { .string($0.text) }), "validForMs": .number("\(Lease.milliseconds)")]
    }
}
