import Models
import RabbitMQ

/// What a contact sends who wants news.
enum WebForm {
    static func message(_ contact: String) -> OutgoingMessage {
        Publisher.message(
            "contacts", "webform.submitted", subject: contact,
            [
                "email": .string(address(of: contact)), "marketing": true, "form": "newsletter", "locale": "en",
                "text": "Yes, send me news by e-mail. I can withdraw at any time.", "remoteAddress": "203.0.113.7",
                "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            ])
    }

    static func address(of contact: String) -> String { "\(contact)@example.com" }
}
