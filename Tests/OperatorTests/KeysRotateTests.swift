import Testing

@testable import Operator
@testable import PostgreSQL

@Suite("assent keys rotate") struct KeysRotateTests {
    @Test("what the key store refuses for good is refused; what may work later is not")
    func endings() throws {
        let endings: [(DatabaseError, Ending.Status)] = [
            (DatabaseError(.refused, sqlState: "42501"), .refused),
            (DatabaseError(.refused, sqlState: "42P01"), .refused),
            (DatabaseError(.refused, sqlState: "40001"), .unreachable), (DatabaseError(.unreachable), .unreachable),
            (DatabaseError(.lost), .unreachable), (DatabaseError(.misuse), .usage),
        ]
        for (error, status) in endings {
            let ending = try #require(KeysRotateCommand.ending(error) as? Ending)
            #expect(ending.status == status, "\(error)")
        }
    }
}
