import Foundation
import NotifierDomain
import Testing

@Suite struct HTMLLinksTests {
    /// The HTML with each link's address replaced by its number, and the addresses found.
    private func rewritten(_ html: String) -> (html: String, targets: [String]) {
        var targets: [String] = []
        let rewritten = HTMLLinks.rewritten(html) { number, target in
            targets.append(target)
            return "L\(number)"
        }
        return (rewritten, targets)
    }

    @Test(
        "C2 a link is found however its tag is written, and the rest of the tag stays",
        arguments: [
            (#"<a href="http://x.org/a">x</a>"#, #"<a href="L1">x</a>"#, "http://x.org/a"),
            (#"<a href='https://x.org'>x</a>"#, #"<a href="L1">x</a>"#, "https://x.org"),
            (#"<a href=https://x.org/a?b=c>x</a>"#, #"<a href="L1">x</a>"#, "https://x.org/a?b=c"),
            (#"<a href=https://x.org/ class=y>x</a>"#, #"<a href="L1" class=y>x</a>"#, "https://x.org/"),
            (#"<A HREF = "HTTPS://X.org/">x</A>"#, #"<A HREF = "L1">x</A>"#, "HTTPS://X.org/"),
            (
                "<a\n\tclass='a > b' title=\"<a href='http://no'>\"\n  href\n=\n'http://x.org'\n>",
                "<a\n\tclass='a > b' title=\"<a href='http://no'>\"\n  href\n=\n\"L1\"\n>", "http://x.org"
            ),
            (#"<a/href="http://x.org"/id=1>"#, #"<a/href="L1"/id=1>"#, "http://x.org"),
            (#"<a href="http://x.org" href="http://y.org">"#, #"<a href="L1" href="http://y.org">"#, "http://x.org"),
            (#"<area shape=rect href=http://x.org/>"#, #"<area shape=rect href="L1">"#, "http://x.org/"),
            (
                #"<a data-href="http://no" disabled href="http://x.org">"#,
                #"<a data-href="http://no" disabled href="L1">"#, "http://x.org"
            ),
            (#"<a href="  http://x.org/a b  ">"#, #"<a href="L1">"#, "http://x.org/a%20b"),
            (
                #"<a href="http://x.org/?a=1&amp;b=2&#x26;c=3&#38;d&#61;4#part">"#, #"<a href="L1">"#,
                "http://x.org/?a=1&b=2&c=3&d=4#part"
            ),
            (#"<a href="http://x.org/?a=1&b=2&copy=3">"#, #"<a href="L1">"#, "http://x.org/?a=1&b=2&copy=3"),
            (#"<a href='http://x.org/"&lt;é'>"#, #"<a href="L1">"#, "http://x.org/%22%3C%C3%A9"),
            (#"<p>1 < 2 <3 <a href="http://x.org">"#, #"<p>1 < 2 <3 <a href="L1">"#, "http://x.org"),
            (#"<!--><a href="http://x.org">-->"#, #"<!--><a href="L1">-->"#, "http://x.org"),
            (#"<!-- a --!><a href="http://x.org">"#, #"<!-- a --!><a href="L1">"#, "http://x.org"),
            (
                #"</><?php ?><!DOCTYPE html><a href="http://x.org">"#,
                #"</><?php ?><!DOCTYPE html><a href="L1">"#, "http://x.org"
            ),
            (
                #"<script>"</scripts><a href='http://no'>"</SCRIPT ><a href="http://x.org">"#,
                #"<script>"</scripts><a href='http://no'>"</SCRIPT ><a href="L1">"#, "http://x.org"
            ),
        ])
    func found(_ html: String, _ expected: String, _ target: String) {
        let (output, targets) = rewritten(html)
        #expect(output == expected)
        #expect(targets == [target])
    }

    @Test(
        "C2 what is no absolute web address, no link, or doubtful stays byte for byte",
        arguments: [
            "", "plain text http://x.org", #"<a>x</a>"#, #"<a href>x</a>"#, #"<a href="">x</a>"#, #"<a href=>x</a>"#,
            #"<a name="http://x.org">"#, #"<a href="mailto:a@x.org">"#, #"<a href="tel:+49">"#, ##"<a href="#top">"##,
            #"<a href="/path">"#, #"<a href="//x.org/">"#, #"<a href="x.org">"#, #"<a href="javascript:alert(1)">"#,
            #"<a href="data:text/html,http://x.org">"#, #"<a href="https:x.org">"#, #"<a href="https:///x.org">"#,
            #"<a href="http://">"#, #"<a href="http://?x">"#, "<a href=\"ht\ntp://x.org\">",
            "<a href=\"http://x\t.org\">",
            #"<a href="java&#115;cript:alert(1)">"#, #"<a href="http://x.org/&eacute;">"#,
            #"<a href="http://x.org/&#10;">"#,
            #"<a href="http://x.org/?a&amp">"#, #"<a href="http://x.org/&#xD800;">"#, #"<a href="http://x.org/&#x;">"#,
            #"<img src="http://x.org/a.gif">"#, #"<link href="http://x.org/a.css">"#, #"<base href="http://x.org/">"#,
            #"<abbr href="http://x.org">"#, #"<form action="http://x.org">"#,
            #"<!-- <a href="http://x.org"> -->"#, #"<!--[if mso]><a href="http://x.org"><![endif]-->"#,
            #"<style>a[href="http://x.org"] {} <a href="http://x.org"></style>"#,
            #"<script>document.write('<a href="http://x.org">')</script>"#, #"<title><a href="http://x.org"></title>"#,
            #"<textarea><a href="http://x.org"></textarea>"#, #"<a href="http://x.org"#,
            #"<a href="http://x.org>x</a>"#,
            #"<a href='http://x.org' "#, "<", "<a", "</", "</a href=\"http://x.org\">", "<!--", "<!", "<script>",
        ])
    func untouched(_ html: String) {
        let (output, targets) = rewritten(html)
        #expect(output == html)
        #expect(targets == [])
    }

    @Test("C2 links are numbered in their order, and one that is given no other address stays")
    func numbers() {
        let html = (1...4).map { #"<p><a href="http://x.org/\#($0)">é \#($0)</a></p>"# }.joined()
        let output = HTMLLinks.rewritten(html) { number, target in
            #expect(target == "http://x.org/\(number)")
            return number == 3 ? nil : "http://s/\(number)?a&b"
        }
        #expect(output.contains(#"<a href="http://s/1?a&amp;b">é 1</a>"#))
        #expect(output.contains(#"<a href="http://x.org/3">é 3</a>"#))
        #expect(output.contains(#"<a href="http://s/4?a&amp;b">é 4</a></p>"#))
    }

    @Test("C2 no text of random markup ends the scan wrongly: what is not a link's value stays as it is")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            "<a ", "href=", "\"", "'", "http://x.org", ">", "<", "/", "!--", "-->", "<script>", "</script>", " ", "=",
            "x", "&amp;",
            "<style", "é", "\n", "?",
        ]
        for _ in 0..<5000 {
            let html = (0..<Int.random(in: 0...14, using: &generator))
                .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
            var count = 0
            let output = HTMLLinks.rewritten(html) { _, _ in
                count += 1
                return "http://y"
            }
            if count == 0 { #expect(output == html) }
            #expect(output.components(separatedBy: "http://y").count == count + 1, "\(html)")
        }
    }
}
