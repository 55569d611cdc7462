import NotifierDomain
import ServiceKit

/// The destination of mails: `SMTP_URL`, with the certificates of `SMTP_CA_FILE` if set, or the folder `MAIL_DIR`.
enum MailDestination {
    case server(SMTPTransport.Options)
    case folder(String)

    /// Exactly one of both must be set; `MAIL_DIR` is refused with an https `PUBLIC_URL`, that is in a public
    /// deployment.
    init(_ environment: ServiceEnvironment, site: PublicAddress) throws(ServiceEnvironment.Mistake) {
        switch (try environment.optional("SMTP_URL"), try environment.optional("MAIL_DIR")) {
        case (let url?, nil):
            let authorities = try environment.optional("SMTP_CA")
            do throws(SMTPAddress.Mistake) {
                let address = try SMTPAddress(url: url)
                self = .server(SMTPTransport.Options(address: address, name: site.host, authorities: authorities))
            } catch {
                throw ServiceEnvironment.Mistake("SMTP_URL \(error)")
            }
        case (nil, let folder?):
            guard !site.isHTTPS else {
                throw ServiceEnvironment.Mistake("MAIL_DIR is for trying things, not beside an https PUBLIC_URL")
            }
            self = .folder(folder)
        default: throw ServiceEnvironment.Mistake("one of SMTP_URL and MAIL_DIR must be set")
        }
    }

    /// Whether mails cross a network without TLS.
    var isUnprotected: Bool {
        switch self {
        case .server(let options): options.address.protection == .none && !options.address.isLoopback
        case .folder: false
        }
    }

    /// One transport per worker.
    func transports(_ count: Int) throws(ServiceEnvironment.Mistake) -> [any MailTransport] {
        var transports: [any MailTransport] = []
        for _ in 0..<count {
            switch self {
            case .server(let options): transports.append(SMTPTransport(options))
            case .folder(let path): transports.append(try FileTransport(folder: path))
            }
        }
        return transports
    }
}
