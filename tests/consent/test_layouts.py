"""Known exports of other providers: each is recognised, and says of its people what it can prove and no more."""

from pathlib import Path

import pytest

from consent import intake, layouts
from consent.intake_columns import NAMES
from consent.models import ConsentEvent, Method, Status, Subscription
from contacts.models import Contact, ContactImport
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ONE, TWO, THREE = "+12065557991", "+12065557992", "+12065557993"

SHOPIFY = f"""\
Customer ID,First Name,Last Name,Email,Accepts Email Marketing,\
Default Address Province Code,Default Address Country Code,\
Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags
1,Maria,Young,m@x.example,yes,WA,US,98101,,{ONE},yes,12.00,1,,no,vip
2,Omar,Lee,o@x.example,no,WA,US,98101,,{TWO},no,0.00,0,,no,
"""
KLAVIYO = f"""\
Email,Klaviyo ID,First Name,Last Name,Phone Number,Region,Country,Zip,\
SMS Marketing Consent,SMS Marketing Consent Timestamp
m@x.example,01A,Maria,Young,{ONE},Washington,United States,98101,SUBSCRIBED,2026-03-02 14:03:00
o@x.example,01B,Omar,Lee,{TWO},,United States,,UNSUBSCRIBED,2026-03-02 14:03:00
p@x.example,01C,Pia,Kay,{THREE},,United States,,NEVER_SUBSCRIBED,
"""
ATTENTIVE = f"""\
First Name,Last Name,Subscriber Phone Number,Subscriber Email,SMS Marketing Status,SMS Marketing Opted Out
Maria,Young,{ONE},m@x.example,Subscribed,
Omar,Lee,{TWO},o@x.example,Unsubscribed,2026-01-04 10:00:00
Pia,Kay,{THREE},p@x.example,Subscribed,true
"""
POSTSCRIPT = f"""\
customer_id,phone_number,first_name,subscriber_created_at_utc,last_keyword_subscribed_to
1,{ONE},Maria,2026-03-02 14:03:00,COFFEE
"""
POSTSCRIPT_LEFT = f"""\
customer_id,phone_number,subscriber_created_at_utc,opt_out_time,opt_out_reason
1,{ONE},2025-03-02 14:03:00,2026-03-02 14:03:00,STOP
"""
MAILCHIMP = f"""\
Email Address,First Name,Last Name,SMS Phone Number,SMS Status,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID
m@x.example,Maria,Young,{ONE},Subscribed,2,2026-01-02 03:04:05,2026-01-02 03:04:05,1,a
o@x.example,Omar,Lee,{TWO},Unsubscribed,2,2026-01-02 03:04:05,2026-01-02 03:04:05,2,b
"""
EXPORTS = {
    "shopify": SHOPIFY, "klaviyo": KLAVIYO, "attentive": ATTENTIVE, "postscript": POSTSCRIPT,
    "postscript_opt_outs": POSTSCRIPT_LEFT, "mailchimp": MAILCHIMP,
}  # fmt: skip


def take_in(acme: Cast, folder: Path, text: str) -> ContactImport:
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    return intake.import_file(path, program=acme.program, filename=path.name)


def with_constants(acme: Cast, folder: Path, text: str, **constants: str) -> ContactImport:
    """As a person does it who adds what the export does not tell."""
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8")
    known = intake.known_mapping(intake.shape_of(path), "people")
    constants = {name: value for name, value in constants.items() if name not in known.columns}
    mapping = intake.Mapping(known.layout, known.columns, known.constants | constants)
    row = intake.describe(path, program=acme.program, filename=path.name, mapping=mapping)
    return intake.run(path, row, program=acme.program).contact_import


def statuses() -> dict[str, str]:
    rows = Subscription.objects.values_list("point__address", "status")
    return dict(rows)


@pytest.mark.parametrize(("slug", "text"), EXPORTS.items())
def test_each_export_is_recognised_by_its_header(slug: str, text: str, acme: Cast, tmp_path: Path) -> None:
    assert take_in(acme, tmp_path, text).layout == slug


@pytest.mark.parametrize("slug", sorted(layouts.layouts()))
def test_every_layout_names_its_source_and_only_columns_there_are(slug: str) -> None:
    layout = layouts.layouts()[slug]
    assert layout.source
    assert layout.checked_on.year >= 2026
    assert "phone" in layout.columns
    assert {*layout.columns, *layout.constants, *layout.values} <= NAMES
    assert slug == "standard" or layout.unverified


def test_no_two_layouts_claim_the_same_header() -> None:
    for slug, layout in layouts.layouts().items():
        recognised = layouts.recognise(layout.recognised_by)
        assert recognised is not None
        assert recognised.slug == slug


def test_a_yes_without_a_moment_texts_nobody_and_a_no_is_no_opt_out(acme: Cast, tmp_path: Path) -> None:
    run = with_constants(acme, tmp_path, SHOPIFY, consent_method="checkout", disclosure="checkout-2026")
    assert (run.accepted, run.cannot_text, run.opted_out) == (0, 2, 0)
    assert ["cannot_text", "no_time", 2] in run.reasons
    assert ["cannot_text", "no_purpose", 1] in run.reasons
    assert statuses() == {}
    assert Contact.objects.get(first_name="Maria").region == "WA"


def test_klaviyo_tells_who_agreed_who_left_and_who_never_did(acme: Cast, tmp_path: Path) -> None:
    run = with_constants(acme, tmp_path, KLAVIYO, consent_method="web_form", disclosure="checkout-2026")
    assert (run.accepted, run.cannot_text, run.opted_out) == (1, 1, 1)
    assert statuses() == {ONE: Status.ACTIVE, TWO: Status.CLOSED}
    granted = ConsentEvent.objects.get(act="granted")
    assert granted.occurred_at.isoformat() == "2026-03-02T14:03:00+00:00"
    assert granted.evidence.data["layout"] == "klaviyo"
    assert granted.evidence.data["for_all_rows"] == {
        "consent_method": "web_form",
        "disclosure": "checkout-2026",
    }


def test_attentive_closes_whoever_opted_out_by_either_column(acme: Cast, tmp_path: Path) -> None:
    run = take_in(acme, tmp_path, ATTENTIVE)
    assert (run.accepted, run.cannot_text, run.opted_out) == (0, 1, 2)
    assert statuses() == {TWO: Status.CLOSED, THREE: Status.CLOSED}
    left = ConsentEvent.objects.get(point__address=TWO)
    assert (left.method, left.occurred_at.date().isoformat()) == (Method.IMPORT, "2026-01-04")


def test_postscripts_moment_is_the_consents(acme: Cast, tmp_path: Path) -> None:
    run = with_constants(acme, tmp_path, POSTSCRIPT, consent_method="keyword", disclosure="checkout-2026")
    assert run.accepted == 1
    assert Contact.objects.get().attributes["last_keyword_subscribed_to"] == "COFFEE"


def test_an_export_of_those_who_left_closes_everybody(acme: Cast, tmp_path: Path) -> None:
    assert take_in(acme, tmp_path, POSTSCRIPT_LEFT).opted_out == 1
    assert statuses() == {ONE: Status.CLOSED}


def test_a_consent_to_mail_is_none_to_texts(acme: Cast, tmp_path: Path) -> None:
    run = with_constants(acme, tmp_path, MAILCHIMP, consent_method="web_form", disclosure="checkout-2026")
    assert (run.accepted, run.cannot_text, run.opted_out) == (0, 1, 1)
    assert ["cannot_text", "no_time", 1] in run.reasons
