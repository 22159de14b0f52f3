"""The fields of a receipt that others know: Kantara Consent Receipt 1.1 and ISO/IEC TS 27560:2023.

Sources: Kantara Initiative, Consent Receipt Specification 1.1.0 (2018-02-20); ISO/IEC TS 27560:2023, 6.3 and 6.4, by
the mapping in W3C DPVCG, Consent Records and Receipts as per ISO/IEC TS 27560:2023 (https://w3id.org/dpv/guides/consent-27560).
Where the product does not know what a field asks for, the field is null rather than guessed.
"""

from typing import Any

from consent import chain
from consent.models import Act, Basis, ConsentEvent, Purpose, purpose_key

KANTARA_VERSION = "KI-CR-v1.1.0"
SCHEMA_VERSION = "ISO/IEC TS 27560:2023"
# The categories of the specification's appendix.
_PURPOSE_CATEGORY = {Purpose.MARKETING: "6 - Marketing", Purpose.INFORMATIONAL: "2 - Contracted Service"}
_PII_CATEGORY = "2 - Contact"
# What became of the consent, in the words of the Data Privacy Vocabulary; other acts leave it as it was.
_STATES = {
    Act.REQUESTED: "ConsentRequested",
    Act.GRANTED: "ConsentGiven",
    Act.CONFIRMED: "ConsentGiven",
    Act.REVOKED: "ConsentWithdrawn",
    Act.EXPIRED: "ConsentExpired",
}
UNKNOWN_LANGUAGE = "und"  # BCP 47


def kantara(event: ConsentEvent) -> dict[str, Any]:
    """The event as a Kantara receipt. Of an act that agrees to nothing, such as a leaving, `purposes` is empty."""
    return {
        "version": KANTARA_VERSION,
        "jurisdiction": _jurisdiction(event),
        "consentTimestamp": int(event.occurred_at.timestamp()),
        "collectionMethod": event.get_method_display(),
        "consentReceiptID": str(event.id),
        "language": _language(event),
        "piiPrincipalId": _principal(event),
        "piiControllers": [_controller(event)],
        "policyUrl": event.program.privacy_url if event.program else None,
        "services": [_service(event)],
        "sensitive": False,
        "spiCat": [],
    }


def iso_27560(event: ConsentEvent) -> dict[str, Any]:
    """The same as a consent record of ISO/IEC TS 27560, with what Kantara's receipt has no field for."""
    return {
        "schema_version": SCHEMA_VERSION,
        "record_id": str(event.id),
        "pii_principal_id": _principal(event),
        "pii_processing": {
            "privacy_notice": event.program.privacy_url if event.program else None,
            "language": _language(event),
            "purposes": list(event.purposes),
            "lawful_basis": event.basis,
            "pii_information": [{"pii_type": "Mobile number", "special_pii_category": None}],
            "pii_controllers": [str(event.brand_id)],
            "collection_method": event.method,
            "storage_locations": None,
            "retention_period": "Kept as proof; personal data until erased on request",
            "jurisdiction": _jurisdiction(event),
            "recipient_third_parties": [],
            "withdrawal_method": _withdrawal(event),
        },
        "party_identification": [
            {
                "party_id": str(event.brand_id),
                "party_name": event.brand.name,
                "party_role": "PII controller",
                "party_address": None,
                "party_contact": event.brand.support,
            }
        ],
        "event": {
            "event_time": chain.moment(event.occurred_at),
            "validity_duration": _termination(event),
            "entity_id": event.actor,
            "event_type": _consent_type(event),
            "event_state": _STATES.get(Act(event.act), event.act),
        },
    }


def wordings(event: ConsentEvent) -> dict[str, str | None]:
    """Purpose key -> its wording; None when the program's has been edited since."""
    known = event.program.purposes if event.program else {}
    today = {purpose_key(kind, wording): wording for kind, wording in known.items() if wording}
    return {key: today.get(key) for key in event.purposes}


def _controller(event: ConsentEvent) -> dict[str, Any]:
    support = event.brand.support
    is_mail = "@" in support
    return {
        "piiController": event.brand.name,
        "contact": support,
        "address": None,
        "email": support if is_mail else None,
        "phone": None if is_mail else support,
    }


def _service(event: ConsentEvent) -> dict[str, Any]:
    service = event.program.name if event.program else f"All text programs of {event.brand.name}"
    return {
        "service": service,
        "purposes": [_purpose(event, key, wording) for key, wording in wordings(event).items()],
    }


def _purpose(event: ConsentEvent, key: str, wording: str | None) -> dict[str, Any]:
    kind = Purpose(key.partition(":")[0])
    return {
        "purpose": wording or kind.label,
        "purposeCategory": [_PURPOSE_CATEGORY[kind]],
        "consentType": _consent_type(event),
        "piiCategory": [_PII_CATEGORY],
        "primaryPurpose": True,
        "termination": _termination(event),
        "thirdPartyDisclosure": False,
    }


def _consent_type(event: ConsentEvent) -> str:
    return "EXPLICIT" if event.basis == Basis.EXPRESS else "IMPLICIT"


def _termination(event: ConsentEvent) -> str:
    return f"Ends {chain.moment(event.until)}" if event.until else "Until withdrawn"


def _withdrawal(event: ConsentEvent) -> str:
    return f"Reply STOP, or the same in any words, to any text; or ask {event.brand.support}"


def _principal(event: ConsentEvent) -> str:
    return f"{event.point.channel}:{event.point.address}"


def _jurisdiction(event: ConsentEvent) -> str:
    """The country of the number, whose law protects its holder."""
    return event.point.country or (event.program.country if event.program else event.brand.country)


def _language(event: ConsentEvent) -> str:
    return (event.disclosure.locale if event.disclosure else "") or event.contact.locale or UNKNOWN_LANGUAGE
