package import FoundationEssentials

/// `internal.address`, vault → opt-in: which address a contact has, after each message that named one (O12).
package struct AddressNotice: Sendable, Equatable {
    /// Routing key.
    package static let type = "internal.address"
    /// The address's keyed hashes; nil: the contact has none.
    package let address: AddressHashes?
    /// The id of the message that named an address, accepted or refused.
    package let causeID: UUID
    /// That message's source.
    package let causeSource: String

    package init(address: AddressHashes?, causeID: UUID, causeSource: String) {
        self.address = address
        self.causeID = causeID
        self.causeSource = causeSource
    }

    /// From `data`.
    package init(reading data: Reader) throws(Refusal) {
        address = try data.optionalAddressHashes("addressHash")
        causeID = try data.uuid("causeId")
        causeSource = try data.text("causeSource", limit: 256)
    }

    /// As `data`.
    package var json: JSON {
        JSON(present: [
            "addressHash": .text(address?.text), "causeId": .string(causeID.text), "causeSource": .string(causeSource),
        ])
    }
}
