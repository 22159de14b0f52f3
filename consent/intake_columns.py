"""The columns of an import: what each says, how it is called on the screen, and which may be told for all rows."""

import dataclasses
from enum import StrEnum

from contacts.models import ContactImport


class Part(StrEnum):
    """What a column is about."""

    PERSON = "The person"
    CONSENT = "The consent"
    BASIS = "Where consent is implied"
    LEAVING = "Who left"


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One of our columns. `for_all`: one value may stand for every row of the file."""

    name: str
    label: str
    part: Part
    help: str = ""
    for_all: bool = False


COLUMNS = (
    Column("phone", "Phone", Part.PERSON, "With country code, or as dialled in the person's country"),
    Column("first_name", "First name", Part.PERSON),
    Column("last_name", "Last name", Part.PERSON),
    Column("locale", "Language", Part.PERSON, "Such as en-US", for_all=True),
    Column("timezone", "Time zone", Part.PERSON, "Such as America/New_York", for_all=True),
    Column("postal_code", "Postal code", Part.PERSON),
    Column("region", "State or province", Part.PERSON, "Such as NY", for_all=True),
    Column("country", "Country", Part.PERSON, "Such as US", for_all=True),
    Column("consent_purpose", "Agreed to", Part.CONSENT, "marketing, informational, or both", for_all=True),
    Column("consent_method", "How", Part.CONSENT, "web_form, keyword, checkout or paper", for_all=True),
    Column("consent_at", "When", Part.CONSENT, "The moment of the agreement, best with its time zone"),
    Column(
        "disclosure",
        "Wording shown",
        Part.CONSENT,
        "Short name (slug) of the program's disclosure",
        for_all=True,
    ),
    Column("evidence_url", "Link to the proof", Part.CONSENT, for_all=True),
    Column("evidence_ip", "IP address", Part.CONSENT),
    Column(
        "consent_basis",
        "Rests on",
        Part.BASIS,
        "express, implied_purchase, implied_inquiry or soft_opt_in; blank is express",
        for_all=True,
    ),
    Column("purchase_at", "Bought when", Part.BASIS),
    Column("inquiry_at", "Asked when", Part.BASIS),
    Column("product", "What was bought or asked about", Part.BASIS, for_all=True),
    Column("opt_out_offered", "A refusal was offered then", Part.BASIS, "yes or no", for_all=True),
    Column("opted_out_at", "Left when", Part.LEAVING, "Blank: not known"),
    Column(
        "program",
        "Left which program",
        Part.LEAVING,
        "Its short name (slug); blank closes the number for the brand",
        for_all=True,
    ),
)
BY_NAME = {column.name: column for column in COLUMNS}
NAMES = frozenset(BY_NAME)
PERSON_COLUMNS = tuple(
    column.name for column in COLUMNS if column.part is Part.PERSON and column.name != "phone"
)


def columns_of(kind: str) -> tuple[Column, ...]:
    """The columns that a file of this kind may have."""
    if kind == ContactImport.Kind.OPT_OUTS:
        return tuple(BY_NAME[name] for name in ("phone", "country", "opted_out_at", "program"))
    return tuple(column for column in COLUMNS if column.name != "program")
