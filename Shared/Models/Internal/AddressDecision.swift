public import FoundationEssentials

/// `internal.address`, vault → opt-in: which address a contact has, after each message that named one (O12).
public struct AddressDecision: Sendable, Equatable {
    /// Routing key.
    public static let type = "internal.address"
    /// The address's keyed hash; nil: the contact has none.
    public let addressHash: String?
    /// The message that named an address, taken or refused.
    public let causeID: UUID
    /// That message's source.
    public let causeSource: String

    /// A decision.
    public init(addressHash: String?, causeID: UUID, causeSource: String) {
        self.addressHash = addressHash
        self.causeID = causeID
        self.causeSource = causeSource
    }

    /// From `data`.
    public init(reading data: Reader) throws(Refusal) {
        addressHash = try data.optionalText("addressHash", limit: 64)
        causeID = try data.uuid("causeId")
        causeSource = try data.text("causeSource", limit: 256)
    }

    /// As `data`.
    public var json: JSON {
        JSON(present: [
            "addressHash": .text(addressHash), "causeId": .string(causeID.text), "causeSource": .string(causeSource),
        ])
    }
}
