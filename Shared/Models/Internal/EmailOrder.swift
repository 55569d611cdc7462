/// `internal.email-order`, consent → opt-in, subject = the contact: what a contact decided about e-mail on the page,
/// and confirmed (P6), or that processing was stopped or resumed (C4).
package struct EmailOrder: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.email-order"

    /// The decision.
    package enum Choice: Sendable, Equatable {
        /// Subscribe to a list, or leave it (O10).
        case list(String, isSubscribed: Bool)
        /// `true` asks for the double-opt-in mail and changes nothing yet; `false` opts the contact out (O7).
        case marketing(Bool)
        /// Processing is stopped: the contact is opted out, and only replies pass the gate (C4). `false` lifts this;
        /// the opt-out stays.
        case stop(Bool)

        private static let marketingTopic = "email.marketing"
        private static let stopTopic = "email.stop"

        /// The topic of the order, which has a dot, unlike a field's name: of two orders about one topic the later
        /// counts.
        package var topic: String {
            switch self {
            case .list(let name, _): "list.\(name)"
            case .marketing: Self.marketingTopic
            case .stop: Self.stopTopic
            }
        }

        /// The state in force once the order was carried out.
        package var state: String {
            switch self {
            case .list(_, true): "subscribed"
            case .list(_, false): "left"
            case .marketing(true): "in"
            case .marketing(false): "out"
            case .stop(true): "stopped"
            case .stop(false): "active"
            }
        }

        /// From topic and state; nil if they are none.
        package init?(topic: String, state: String) {
            switch (topic, state) {
            case (Self.marketingTopic, "in"): self = .marketing(true)
            case (Self.marketingTopic, "out"): self = .marketing(false)
            case (Self.stopTopic, "stopped"): self = .stop(true)
            case (Self.stopTopic, "active"): self = .stop(false)
            case (let topic, let state) where topic.hasPrefix("list.") && topic.count > 5:
                guard ["subscribed", "left"].contains(state) else { return nil }
                self = .list(String(topic.dropFirst(5)), isSubscribed: state == "subscribed")
            default: return nil
            }
        }
    }

    /// Which order it is, and which one it follows.
    package let head: OrderHead
    package let choice: Choice
    /// The text that the contact confirmed (O13).
    package let text: String?
    /// Whether the confirmation looked automatic (P6).
    package let isSuspect: Bool
    /// The visitor's address and browser.
    package let evidence: WebEvidence

    package init(head: OrderHead, choice: Choice, text: String?, isSuspect: Bool, evidence: WebEvidence) {
        self.head = head
        self.choice = choice
        self.text = text
        self.isSuspect = isSuspect
        self.evidence = evidence
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        head = try OrderHead(reading: data)
        guard let choice = Choice(topic: try data.name("topic"), state: try data.name("state")) else {
            throw data.refusal("topic", "is no choice about e-mail")
        }
        self.choice = choice
        text = try data.optionalText("text")
        isSuspect = data.optional("isSuspect") == nil ? false : try data.bool("isSuspect")
        evidence = try WebEvidence(reading: data)
    }

    /// The order's content, as members of `data` besides the head's.
    package static func data(
        _ choice: Choice, text: String? = nil, isSuspect: Bool = false, evidence: WebEvidence = .none
    ) -> JSON {
        let members = JSON(present: [
            "topic": .string(choice.topic), "state": .string(choice.state), "text": .text(text),
            "isSuspect": .bool(isSuspect),
        ]).members
        return .object((members ?? []) + evidence.members)
    }

    /// As `data`.
    package var json: JSON {
        let content = Self.data(choice, text: text, isSuspect: isSuspect, evidence: evidence)
        return .object(head.members + (content.members ?? []))
    }
}

/// `internal.email-order-done`, opt-in → consent, subject = the contact: which order about a topic is in force.
package struct EmailOrderDone: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.email-order-done"

    /// The order in force.
    package let answer: OrderAnswer
    /// `EmailOrder.Choice.topic`.
    package let topic: String

    package init(answer: OrderAnswer, topic: String) {
        self.answer = answer
        self.topic = topic
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        answer = try OrderAnswer(reading: data)
        topic = try data.name("topic")
    }

    /// As `data`.
    package var json: JSON { .object(answer.members + [JSON.Member("topic", .string(topic))]) }
}
