"""What one row of a file is worth by itself: a person or none, a proof of consent or the reasons why not."""

import dataclasses
import datetime as dt
import re
from typing import Any

from consent.intake_reasons import RowReason
from consent.intake_times import BadTime, read_time
from consent.models import CONSENTED, Disclosure, Method, Program, Purpose
from contacts import geography, phones, zones
from contacts.csv_rows import PERSON_COLUMNS, Row
from contacts.models import Contact, RowOutcome

# What a customer did. An import, an API call or a team member's word is no act of the customer's.
PROVING_METHODS = (Method.WEB_FORM, Method.KEYWORD, Method.CHECKOUT, Method.PAPER)
_PHONE_SHOWN = 100
_SEPARATORS = re.compile(r"[;,|]")
_LIMITS = {name: getattr(Contact._meta.get_field(name), "max_length", 0) for name in PERSON_COLUMNS}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A usable proof. `kinds` are purposes without their wording; `occurred_at` is aware UTC."""

    method: str
    kinds: tuple[str, ...]
    occurred_at: dt.datetime
    disclosure_id: str
    evidence: dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row with its outcome as far as the row alone decides it. `consent` is None unless it is accepted."""

    line: int
    phone: str
    outcome: RowOutcome
    reasons: tuple[str, ...] = ()
    detail: str = ""
    address: str = ""
    country: str = ""
    person: dict[str, Any] = dataclasses.field(default_factory=dict)
    consent: Consent | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """The facts that every row of one file is judged by."""

    program: Program
    disclosures: dict[str, list[Disclosure]]  # by slug, oldest version first
    now: dt.datetime
    filename: str
    sha256: str

    def judge(self, row: Row) -> Judged:
        """Refuse the row, keep its person, or accept both the person and the proof of consent."""
        shown = row.values["phone"][:_PHONE_SHOWN]
        refused = RowOutcome.REFUSED
        if row.problem:
            reasons = (RowReason.UNREADABLE_ROW.value,)
            return Judged(
                line=row.line, phone=shown, outcome=refused, reasons=reasons, detail=f"the row {row.problem}"
            )
        try:
            phone = phones.parse(
                row.values["phone"], country=row.values["country"] or self.program.brand.country
            )
        except phones.BadPhone as bad:
            reasons = (RowReason(f"phone_{bad.reason.value}").value,)
            return Judged(line=row.line, phone=shown, outcome=refused, reasons=reasons, detail=bad.detail)
        notes: list[str] = []
        consent, why_not = self._consent(row, phone.country, notes)
        return Judged(
            line=row.line,
            phone=shown,
            outcome=RowOutcome.ACCEPTED if consent else RowOutcome.CANNOT_TEXT,
            reasons=why_not,
            person=_person(row, notes),
            detail="; ".join(notes),
            address=phone.e164,
            country=phone.country,
            consent=consent,
        )

    def _consent(self, row: Row, country: str, notes: list[str]) -> tuple[Consent | None, tuple[str, ...]]:
        """The proof, or None with every reason why there is none."""
        values, reasons = row.values, list[RowReason]()
        kinds = self._kinds(values["consent_purpose"], reasons, notes)
        method = _method(values["consent_method"], reasons, notes)
        evidence = self._evidence(row)
        try:
            brand = self.program.brand
            agreed = read_time(values["consent_at"], zone=brand.timezone, country=brand.country, now=self.now)
        except BadTime as bad:
            reasons.append(bad.reason)
            notes.append(bad.detail)
            agreed = None
        disclosure = self._disclosure(values["disclosure"], agreed.at if agreed else self.now, reasons, notes)
        if not self._serves(country):
            reasons.append(RowReason.UNSUPPORTED_COUNTRY)
            notes.append(
                f"a number of {country or 'no country'}; served are {', '.join(self.program.countries)}"
            )
        if reasons or agreed is None or disclosure is None:
            return None, tuple(reason.value for reason in reasons)
        if agreed.assumed:
            evidence["time_read_as"] = agreed.assumed
        proof = Consent(
            method=method,
            kinds=kinds,
            occurred_at=agreed.at,
            disclosure_id=str(disclosure.id),
            evidence=evidence,
        )
        return proof, ()

    def _kinds(self, text: str, reasons: list[RowReason], notes: list[str]) -> tuple[str, ...]:
        """The purposes that count; one that does not is no doubt about the others, but is noted."""
        said = list(dict.fromkeys(word.strip().lower() for word in _SEPARATORS.split(text) if word.strip()))
        known = [word for word in said if word in set(CONSENTED)]
        sent = tuple(word for word in known if self.program.purpose_key(word))
        notes += [
            f"{word!r} is no purpose; there are {', '.join(CONSENTED)}" for word in said if word not in known
        ]
        notes += [f"the program does not send {word}" for word in known if word not in sent]
        if not said:
            reasons.append(RowReason.NO_PURPOSE)
        elif not known:
            reasons.append(RowReason.UNKNOWN_PURPOSE)
        elif not sent:
            reasons.append(RowReason.PURPOSE_NOT_SENT)
        return tuple(Purpose(word).value for word in sent)

    def _disclosure(
        self, slug: str, agreed_at: dt.datetime, reasons: list[RowReason], notes: list[str]
    ) -> Disclosure | None:
        """The newest version there was when they agreed; the first, when it was written down here later."""
        versions = self.disclosures.get(slug, [])
        if not slug:
            reasons.append(RowReason.NO_DISCLOSURE)
        elif not versions:
            reasons.append(RowReason.UNKNOWN_DISCLOSURE)
            known = ", ".join(sorted(self.disclosures)) or "none"
            notes.append(f"{slug!r} is no disclosure of {self.program.slug}; there are: {known}")
        known_then = [version for version in versions if version.created_at <= agreed_at]
        return next(iter(known_then[-1:] or versions[:1]), None)

    def _serves(self, country: str) -> bool:
        """As the gate sees it: the United States include their territories."""
        served = self.program.countries or [self.program.country]
        return country in served or (country in geography.US_FAMILY and "US" in served)

    def _evidence(self, row: Row) -> dict[str, Any]:
        said = {
            "url": row.values["evidence_url"],
            "ip": row.values["evidence_ip"],
            "consent_at": row.values["consent_at"],
        }
        source = {"file": self.filename, "sha256": self.sha256, "line": row.line}
        return {name: value for name, value in said.items() if value} | source


def _method(text: str, reasons: list[RowReason], notes: list[str]) -> str:
    word = "_".join(text.lower().replace("-", " ").split())
    if not word:
        reasons.append(RowReason.NO_METHOD)
    elif word == Method.IMPORT:
        reasons.append(RowReason.METHOD_IMPORT)
    elif word not in PROVING_METHODS:
        reasons.append(RowReason.UNKNOWN_METHOD)
        notes.append(f"{text!r} is no method of consent; there are {', '.join(PROVING_METHODS)}")
    return word


def _person(row: Row, notes: list[str]) -> dict[str, Any]:
    """The columns of the person that say something, and the other columns as attributes."""
    person: dict[str, Any] = {name: row.values[name] for name in PERSON_COLUMNS if row.values[name]}
    if problem := zones.check_zone(person.get("timezone", "")):
        del person["timezone"]
        notes.append(f"time zone left empty: {problem}")
    if "country" in person:
        person["country"] = person["country"].upper()
    if state := geography.state_code(person.get("country", ""), person.get("region", "")):
        person["region"] = state.partition("-")[2]
    for name in [name for name, value in person.items() if len(value) > _LIMITS[name]]:
        del person[name]
        notes.append(f"{name} left empty: it is longer than {_LIMITS[name]} characters")
    return person | {"attributes": row.attributes}
