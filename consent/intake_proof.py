"""What one row proves: a consent with its evidence, or every reason why there is none."""

import dataclasses
import datetime as dt
import re
from typing import Any

from consent import bases
from consent.intake_claims import Consent
from consent.intake_columns import BY_NAME
from consent.intake_mapping import Row
from consent.intake_reasons import RowReason
from consent.intake_times import BadTime, read_time
from consent.layouts import STANDARD, Times
from consent.models import CONSENTED, Basis, Disclosure, Method, Program, Purpose
from contacts import geography

# What a customer did. An import, an API call or a team member's word is no act of the customer's.
PROVING_METHODS = (Method.WEB_FORM, Method.KEYWORD, Method.CHECKOUT, Method.PAPER)
_SEPARATORS = re.compile(r"[;,|]")
_KINDS = frozenset(CONSENTED)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that rows are read from: what each row's evidence says of it, and how it writes moments."""

    filename: str
    sha256: str
    layout: str
    for_all: dict[str, str]  # what was told for all rows at once, by a person
    times: Times
    columns: dict[str, str]  # our column → theirs

    def called(self, name: str) -> str:
        """How the file calls one of our columns; one that it does not have, as the page of the columns calls it."""
        if self.layout == STANDARD or self.columns.get(name) == name:
            return name
        return f"“{self.columns.get(name) or BY_NAME[name].label}”"

    def evidence(self, line: int) -> dict[str, Any]:
        said: dict[str, Any] = {"file": self.filename, "sha256": self.sha256, "line": line}
        if self.layout != STANDARD:
            said["layout"] = self.layout
        return said | ({"for_all_rows": self.for_all} if self.for_all else {})


class Examiner:
    """Looks at the proof in each row of one file; it collects reasons and notes, and never raises."""

    def __init__(
        self, program: Program, disclosures: dict[str, list[Disclosure]], now: dt.datetime, source: Source
    ) -> None:
        self._program, self._disclosures, self._now, self._source = program, disclosures, now, source
        self._sent = frozenset(kind for kind in CONSENTED if program.purpose_key(kind))
        self._served = frozenset(program.countries or [program.country])

    def examine(self, row: Row, country: str, notes: list[str]) -> tuple[Consent | None, tuple[str, ...]]:
        """The proof in a row of a number of `country`, or None with every reason; `notes` gets what to add in words."""
        values, reasons = row.values, list[RowReason]()
        kinds = self._kinds(values["consent_purpose"], reasons, notes)
        basis = _basis(values["consent_basis"], self._source.called("consent_basis"), reasons, notes)
        evidence = self._evidence(row)
        by, disclosure, until = self._source.called("consent_method"), None, None
        if basis == Basis.EXPRESS:
            method = _method(values["consent_method"], by, reasons, notes)
            at = self._time(values["consent_at"], "consent_at", evidence, reasons, notes)
            disclosure = self._disclosure(values["disclosure"], at or self._now, reasons, notes)
        else:
            method = values["consent_method"] and _method(values["consent_method"], by, reasons, notes)
            at, until = self._ground(row, basis, country, evidence, reasons, notes)
        if not self._serves(country):
            reasons.append(RowReason.UNSUPPORTED_COUNTRY)
            notes.append(
                f"a number of {country or 'no country'}; served are {', '.join(sorted(self._served))}"
            )
        if reasons or at is None:
            return None, tuple(reason.value for reason in reasons)
        return Consent(
            # Without an agreement there is no act of the person's to name: the file itself is how we know.
            method=method or Method.IMPORT,
            kinds=kinds,
            occurred_at=at,
            evidence=evidence,
            disclosure_id=str(disclosure.id) if disclosure else "",
            basis=basis,
            until=until,
        ), ()

    def time_of(self, text: str, field: str, evidence: dict[str, Any]) -> dt.datetime:
        """A moment in this file's way of writing, aware UTC; what was assumed goes into `evidence`. Raises BadTime."""
        brand, times = self._program.brand, self._source.times
        read = read_time(
            text,
            zone=times.zone or brand.timezone,
            country=brand.country,
            now=self._now,
            formats=times.formats,
            field=self._source.called(field),
        )
        if read.assumed:
            evidence["time_read_as"] = read.assumed
        return read.at

    def _time(
        self, text: str, field: str, evidence: dict[str, Any], reasons: list[RowReason], notes: list[str]
    ) -> dt.datetime | None:
        try:
            return self.time_of(text, field, evidence)
        except BadTime as bad:
            reasons.append(bad.reason)
            notes.append(bad.detail)
            return None

    def _ground(
        self,
        row: Row,
        basis: str,
        country: str,
        evidence: dict[str, Any],
        reasons: list[RowReason],
        notes: list[str],
    ) -> tuple[dt.datetime | None, dt.datetime | None]:
        """When an implied agreement began and ends; None and a reason where the law asks for more."""
        ground = bases.GROUNDS[basis]
        evidence |= {name: row.values[name] for name in ground.needs if row.values[name]}
        began = None
        if text := row.values[ground.begins_with]:
            began = self._time(text, ground.begins_with, evidence, reasons, notes)
            if began is None:
                return None, None
            evidence[ground.begins_with] = began.isoformat()
        checked = bases.check(basis, country=country, evidence=evidence, now=self._now)
        if checked.problem:
            reasons.append(RowReason.BASIS_NOT_PROVEN)
            about = "consent_basis" if checked.field == "basis" else checked.field
            notes.append(f"{self._source.called(about)} {checked.problem}")
        return began, checked.until

    def _kinds(self, text: str, reasons: list[RowReason], notes: list[str]) -> tuple[str, ...]:
        """The purposes that count; one that does not is no doubt about the others, but is noted."""
        said = list(dict.fromkeys(word.strip().lower() for word in _SEPARATORS.split(text) if word.strip()))
        known = [word for word in said if word in _KINDS]
        sent = tuple(word for word in known if word in self._sent)
        column = self._source.called("consent_purpose")
        notes += [
            f"{column}: {word!r} is no purpose; there are {', '.join(CONSENTED)}"
            for word in said
            if word not in _KINDS
        ]
        notes += [f"the program does not send {word}" for word in known if word not in self._sent]
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
        versions = self._disclosures.get(slug, [])
        if not slug:
            reasons.append(RowReason.NO_DISCLOSURE)
        elif not versions:
            reasons.append(RowReason.UNKNOWN_DISCLOSURE)
            known = ", ".join(sorted(self._disclosures)) or "none"
            column = self._source.called("disclosure")
            notes.append(f"{column}: {slug!r} is no disclosure of {self._program.slug}; there are: {known}")
        known_then = [one for one in versions if one.created_at <= agreed_at]
        return next(iter(known_then[-1:] or versions[:1]), None)

    def _serves(self, country: str) -> bool:
        """As the gate sees it: the United States include their territories."""
        return country in self._served or (country in geography.US_FAMILY and "US" in self._served)

    def _evidence(self, row: Row) -> dict[str, Any]:
        said = {
            "url": row.values["evidence_url"],
            "ip": row.values["evidence_ip"],
            "consent_at": row.values["consent_at"],
        }
        return {name: value for name, value in said.items() if value} | self._source.evidence(row.line)


def _basis(text: str, column: str, reasons: list[RowReason], notes: list[str]) -> str:
    word = _word(text) or Basis.EXPRESS.value
    if word not in Basis.values:
        reasons.append(RowReason.UNKNOWN_BASIS)
        notes.append(f"{column}: {text!r} is no basis; there are {', '.join(Basis.values)}")
        return Basis.EXPRESS.value
    return word


def _method(text: str, column: str, reasons: list[RowReason], notes: list[str]) -> str:
    word = _word(text)
    if not word:
        reasons.append(RowReason.NO_METHOD)
    elif word == Method.IMPORT:
        reasons.append(RowReason.METHOD_IMPORT)
    elif word not in PROVING_METHODS:
        reasons.append(RowReason.UNKNOWN_METHOD)
        notes.append(f"{column}: {text!r} is no method of consent; there are {', '.join(PROVING_METHODS)}")
    return word


def _word(text: str) -> str:
    return "_".join(text.lower().replace("-", " ").split())
