import Settings
import Testing

@Suite("Limits of the web")
struct WebSettingsTests {
    @Test("are 300 a minute for a link and none for a visitor, unless set")
    func defaults() throws {
        let web = try Settings.load(yaml: "{}").web
        #expect(web.perToken == Settings.Rate(count: 300, interval: .seconds(60)))
        #expect(web.perVisitor == nil)
        #expect(try Settings.load(yaml: "{}").page.linkLife == .seconds(400 * 86_400))
    }

    @Test("are read as a number in a second, a minute or an hour; 0 is no limit")
    func rates() throws {
        let web = try Settings.load(yaml: "web: {perToken: 0, perVisitor: 20/s}").web
        #expect(web.perToken == nil)
        #expect(web.perVisitor == Settings.Rate(count: 20, interval: .seconds(1)))
        #expect(
            try Settings.load(yaml: "web: {perToken: 5/h}").web.perToken
                == Settings.Rate(count: 5, interval: .seconds(3600)))
    }

    @Test("Permissions are told by their names in the configuration")
    func permissions() {
        for name in [
            "record-consent", "resume", "invite", "set-opt-in", "import", "lists", "read-access-log", "erase",
            "campaign",
            "reveal:creditCard",
        ] {
            #expect(Permission(name)?.description == name)
        }
    }
}
