"""The shape of a program file: which keys each table takes and what may stand in them."""

import datetime as dt
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from campaigns.program_file_waits import parse_wait
from consent import answers, keywords, wordings
from consent.models import CONSENTED, Purpose
from consent.models.relationship import MOST_LOOKED_BACK
from contacts.zones import check_zone
from messaging import rendering, spend
from messaging.models import OptOutReplies, SenderKind, Value

SMS_LIMIT = 1600
NO_CAP = "none"


def _problem(words: str) -> PydanticCustomError:
    # The words hold a person's own text, which must not be read as a pattern with {fields}.
    return PydanticCustomError("program_file", "{words}", {"words": words})


def _zone(name: str) -> str:
    if problem := check_zone(name):
        raise _problem(problem)
    return name


def _url(text: str) -> str:
    try:
        URLValidator(schemes=["https", "http"])(text)
    except ValidationError:
        raise _problem(f"{text!r} is not a web address; write it out, https:// included") from None
    return text


def _body(text: str) -> str:
    if problems := rendering.check(text):
        raise _problem("; ".join(str(problem) for problem in problems))
    return text


def _wait(text: Any) -> Any:
    try:
        return parse_wait(text) if isinstance(text, str) else text
    except ValueError as error:
        raise _problem(str(error)) from error


def _consented(purpose: Purpose) -> Purpose:
    if purpose not in CONSENTED:
        raise _problem(
            f"must be one of: {', '.join(CONSENTED)}; {purpose.value} follows from what a person does"
        )
    return purpose


def _join_word(word: str) -> str:
    if keyword := keywords.match(word):
        raise _problem(f"{word!r} already means {keyword.kind}; choose a word that leaves and helps nobody")
    return word.upper()


def _confirm_word(word: str) -> str:
    if problem := answers.problem_of_word(word):
        raise _problem(problem)
    return word.upper()


def _locale(locale: str) -> str:
    if not wordings.language_of(locale):
        raise _problem(
            f"{locale!r} is no language we have; must be one of: {', '.join(wordings.languages())}"
        )
    return locale


def _cap(said: Any) -> int | None:
    if said == NO_CAP:
        return None
    if type(said) is not int or not 0 <= said <= spend.LARGEST_CAP:
        raise _problem(
            f'must be a whole number of segments from 0 to {spend.LARGEST_CAP:,}, or "{NO_CAP}" for no cap'
        )
    return said


def _each_once(items: list[Any]) -> list[Any]:
    if repeated := sorted({str(item) for item in items if items.count(item) > 1}):
        raise _problem(f"says {', '.join(repeated)} more than once")
    return items


Slug = Annotated[str, StringConstraints(pattern=r"^[-a-zA-Z0-9_]+$", max_length=50)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Url = Annotated[str, StringConstraints(max_length=200), AfterValidator(_url)]
Body = Annotated[str, StringConstraints(min_length=1, max_length=SMS_LIMIT), AfterValidator(_body)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=50)]
# Enums are written as text in TOML, which strict mode would refuse.
AValue = Annotated[Value, Field(strict=False)]
APurpose = Annotated[Purpose, Field(strict=False), AfterValidator(_consented)]
Wait = Annotated[dt.timedelta, Field(ge=dt.timedelta(0)), BeforeValidator(_wait)]
Wording = Annotated[str, StringConstraints(min_length=1)]
JoinWord = Annotated[
    str, StringConstraints(min_length=2, max_length=30, pattern=r"^\S+$"), AfterValidator(_join_word)
]
ConfirmWord = Annotated[str, StringConstraints(min_length=2, max_length=20), AfterValidator(_confirm_word)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
SignupWords = Annotated[str, StringConstraints(max_length=400)]
Locale = Annotated[str, StringConstraints(max_length=20), AfterValidator(_locale)]
Cap = Annotated[int | None, BeforeValidator(_cap)]


class Table(BaseModel):
    """A TOML table: nothing is converted, nothing unknown is passed over."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    def given(self, *names: str) -> dict[str, Any]:
        """The values of these keys that the file states; what it leaves out stays as it is stored."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


class BrandTable(Table):
    slug: Slug
    name: Name
    timezone: Annotated[str, AfterValidator(_zone)]
    support: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    country: Country = "US"
    customers_timezone: Annotated[str, AfterValidator(lambda name: _zone(name) if name else name)] = ""


class SenderTable(Table):
    address: Annotated[str, StringConstraints(pattern=r"^(\+[1-9]\d{6,14}|\d{3,8})$")] = ""
    messaging_service: Annotated[str, StringConstraints(pattern=r"^MG[0-9a-fA-F]{32}$")] = ""
    kind: Annotated[SenderKind, Field(strict=False)]
    segments_per_second: Annotated[int, Field(ge=1, le=100_000)] = 1
    segments_per_day: Cap = None
    opt_out_replies: Annotated[OptOutReplies, Field(strict=False)] = OptOutReplies.TWILIO

    @property
    def handle(self) -> str:
        """What the rest of the file calls it."""
        return self.address or self.messaging_service


class DisclosureTable(Table):
    slug: Slug
    text: Annotated[str, StringConstraints(min_length=20)]
    locale: Annotated[str, StringConstraints(max_length=20)] = ""


class SignupWordsTable(Table):
    """What a sign-up page says in the brand's own words, in one language; what is not here stays ours."""

    headline: SignupWords = ""
    intro: SignupWords = ""
    thanks: SignupWords = ""


class SignupPageTable(Table):
    slug: Slug
    disclosure: Slug
    ask_name: bool = True
    live: bool = False
    embed_origins: Annotated[list[Url], AfterValidator(_each_once)] = []
    words: dict[Language, SignupWordsTable] = {}


class WordingTable(Table):
    marketing: Wording | None = None
    informational: Wording | None = None


class RelationshipTable(Table):
    marketing_cap_per_week: Annotated[int, Field(ge=0, le=21)] | None = None
    marketing_cap_per_month: Annotated[int, Field(ge=0, le=90)] | None = None
    offer_share: Annotated[int, Field(ge=0, le=100)] | None = None
    offer_window: Annotated[int, Field(ge=1, le=MOST_LOOKED_BACK)] | None = None
    quiet_after: Annotated[int, Field(ge=0, le=10)] | None = None
    question_every: Annotated[int, Field(ge=0, le=MOST_LOOKED_BACK)] | None = None
    rest_hours: Annotated[int, Field(ge=0, le=168)] | None = None
    silence_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    texts_landlines: bool | None = None
    texts_voip: bool | None = None


class ProgramTable(Table):
    slug: Slug
    name: Name
    sender: str
    purposes: Annotated[list[APurpose], Field(min_length=1), AfterValidator(_each_once)]
    frequency: Name
    help: Annotated[str, StringConstraints(min_length=1, max_length=320)]
    terms_url: Url
    privacy_url: Url
    description: Annotated[str, StringConstraints(max_length=500)] = ""
    country: Country = "US"
    countries: Annotated[list[Country], Field(min_length=1), AfterValidator(_each_once)] | None = None
    welcome: Annotated[str, StringConstraints(max_length=480)] = ""
    join_words: Annotated[list[JoinWord], AfterValidator(_each_once)] = []
    double_opt_in: bool = False
    confirm_word: ConfirmWord = "AGREE"
    locales: Annotated[list[Locale], AfterValidator(_each_once)] = []
    age_gate: Annotated[int, Field(ge=13, le=99)] | None = None
    marketing_cap_per_day: Annotated[int, Field(ge=1, le=3)] = 3
    fewer_per_week: Annotated[int, Field(ge=1, le=7)] = 1
    segments_per_day: Cap = None
    fails_over: bool = False
    answers_fail_over: bool = False
    relationship: RelationshipTable = RelationshipTable()
    purpose_wording: WordingTable = WordingTable()
    disclosure: list[DisclosureTable] = []
    signup_page: list[SignupPageTable] = []


class TemplateTable(Table):
    slug: Slug
    name: Name | None = None
    value: AValue
    body: Body


class SegmentTable(Table):
    slug: Slug
    name: Name | None = None
    tags: list[Tag] = []
    attributes: dict[str, str | int | float | bool] = {}
    consents_to: APurpose | None = None
    joined_since: AwareDatetime | None = None


class CampaignTable(Table):
    slug: Slug
    name: Name | None = None
    purpose: APurpose
    value: AValue
    body: Body
    segment: Slug | None = None
    send_at: AwareDatetime | None = None
    most_segments: Cap = None


class StageTable(Table):
    name: Name
    wait: Wait
    purpose: APurpose
    value: AValue
    body: Body


class JourneyTable(Table):
    slug: Slug
    name: Name | None = None
    active: bool = True
    exit_on_reply: bool = False
    goal_attribute: Annotated[str, StringConstraints(max_length=60)] = ""
    stage: Annotated[list[StageTable], Field(min_length=1)]


class ProgramFile(Table):
    """A whole file: one brand, its senders, one program and what speaks in it."""

    brand: BrandTable
    sender: list[SenderTable] = []
    program: ProgramTable
    template: list[TemplateTable] = []
    segment: list[SegmentTable] = []
    campaign: list[CampaignTable] = []
    journey: list[JourneyTable] = []
