import ConsentDomain
import Cryptography
import Ledger
import Models
import Settings

/// A decision's receipt (X2): a compact JWS over a consent record with the fields of ISO/IEC TS 27560:2023, under the
/// names of W3C's Data Privacy Vocabulary (https://w3id.org/dpv/guides/consent-27560).
///
/// It is made anew each time from what was recorded and shown, so that it states the same facts each time, and holds no
/// address of the contact.
struct Receipt {
    /// The header's `typ`.
    static let type = "consent-receipt+jwt"
    private static let profile = "https://w3id.org/dpv/schema/dpv-27560"

    let index: LedgerIndex
    /// The entry's leaf, whose hash was checked.
    let leaf: JSON
    let contact: String
    let language: String?
    /// The statement, as the entry's evidence has it; nil: none was shown, or it was erased.
    let statement: String?
    /// What was shown with the statement (C8).
    let shown: JSON?
    /// Who was named as responsible at that time.
    let controller: JSON?
    /// The newest checkpoint, if it covers the entry.
    let checkpoint: String?

    func signed(by signer: CheckpointSigner, publicURL: String) -> String {
        Ed25519JWS.sign(payload(publicURL).bytes, type: Self.type, by: signer.keys)
    }

    func payload(_ publicURL: String) -> JSON {
        let id = "\(publicURL)/ledger/consent/\(index)"
        let at = leaf["at"] ?? .null
        return [
            "@context": [
                "dpv": "https://w3id.org/dpv#", "dct": "http://purl.org/dc/terms/", "schema": "https://schema.org/",
                "assent": .string("\(publicURL)/ns#"),
            ],
            "@id": .string("\(id)#receipt"), "@type": "dpv:ConsentReceipt", "dct:identifier": .string("\(index)"),
            "dct:conformsTo": .string("\(Self.profile)#receipt"), "dct:created": at,
            "schema:recipient": "dpv:DataSubject", "dpv:hasRecordOfActivity": record(id, publicURL),
            "assent:ledgerEntry": JSON(present: [
                "assent:index": .string("\(index)"), "assent:commitment": leaf["commitment"],
                "assent:checkpoint": .text(checkpoint),
            ]),
        ]
    }

    private func record(_ id: String, _ publicURL: String) -> JSON {
        JSON(present: [
            "@id": .string(id), "@type": "dpv:ConsentRecord", "dct:identifier": .string("\(index)"),
            "dct:conformsTo": .string("\(Self.profile)#record"),
            "dpv:hasDataSubject": ["@type": "dpv:DataSubject", "dct:identifier": .string(contact)],
            "dpv:hasDataController": party, "dpv:hasProcess": process, "dpv:hasNotice": notice,
            "dpv:hasConsentStatus": status,
            "dpv:hasConsentControl": ["@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": .string(publicURL)],
        ])
    }

    private var party: JSON? {
        controller.map { controller in
            JSON(present: [
                "@type": "dpv:DataController", "dpv:hasName": controller["name"],
                "dpv:hasAddress": controller["address"], "dpv:hasContact": controller["contact"],
                "dpv:hasNotice": controller["privacyPolicy"].map { ["@id": $0, "@type": "dpv:PrivacyNotice"] },
            ])
        }
    }

    private var process: JSON {
        let recipients = shown?["recipients"]?.elements ?? []
        return JSON(present: [
            "@type": "dpv:Process", "dct:identifier": leaf["consent"],
            "dpv:hasPurpose": shown?["purpose"].map { ["@type": "dpv:Purpose", "dct:description": inLanguage($0)] },
            "dpv:hasLegalBasis": shown?["basis"]?.text.flatMap(Settings.LegalBasis.init)
                .map { .string($0.vocabularyTerm) },
            "dpv:hasPersonalData": personalData,
            "dpv:hasRecipient": recipients.isEmpty
                ? nil : .array(recipients.map { ["@type": "dpv:Recipient", "dpv:hasName": $0] }),
        ])
    }

    /// The field that the consent governs (C1).
    private var personalData: JSON? {
        shown?["kind"]?["field"].map { ["@type": "dpv:PersonalData", "dct:identifier": $0] }
    }

    private var notice: JSON {
        JSON(present: [
            "@type": "dpv:ConsentNotice", "dct:identifier": leaf["consent"], "dct:hasVersion": leaf["textVersion"],
            "dct:language": .text(language),
            "dct:description": (statement.map { .string($0) } ?? shown?["text"]).map(inLanguage),
        ])
    }

    private var status: JSON {
        let channel = leaf["channel"]?.text ?? ""
        let isSuites = ["expired", "recovered"].contains(channel)
        let status =
            switch leaf["decision"]?.text {
            case Decision.Choice.granted.rawValue: "dpv:ConsentGiven"
            default: channel == "expired" ? "dpv:ConsentExpired" : "dpv:ConsentWithdrawn"
            }
        return [
            "@type": [.string(status), "dpv:ExpressedConsent"],
            "dpv:isIndicatedBy": .string(isSuites ? "dpv:DataController" : "dpv:DataSubject"),
            "dpv:hasIndicationMethod": .string(channel), "dpv:isIndicatedAtTime": leaf["at"] ?? .null,
        ]
    }

    private func inLanguage(_ text: JSON) -> JSON {
        language.map { ["@value": text, "@language": .string($0)] } ?? text
    }
}

extension Settings.LegalBasis {
    /// The concept of the Data Privacy Vocabulary.
    fileprivate var vocabularyTerm: String {
        switch self {
        case .consent: "dpv:Consent"
        case .contract: "dpv:Contract"
        case .legalObligation: "dpv:LegalObligation"
        case .vitalInterests: "dpv:VitalInterest"
        case .publicTask: "dpv:PublicInterest"
        case .legitimateInterests: "dpv:LegitimateInterest"
        }
    }
}
