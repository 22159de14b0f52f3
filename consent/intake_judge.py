"""What one row of a file is worth by itself: a person or none, and what it says of their permission."""

import datetime as dt
from typing import Any, NamedTuple

from consent.intake_claims import Claim, Leaving
from consent.intake_columns import PERSON_COLUMNS
from consent.intake_mapping import Row
from consent.intake_proof import Examiner, Source
from consent.intake_reasons import RowReason
from consent.intake_times import BadTime
from consent.models import Disclosure, Program
from contacts import geography, phones, zones
from contacts.models import Contact, ContactImport, RowOutcome

_PHONE_SHOWN = 100
_LIMITS = {name: getattr(Contact._meta.get_field(name), "max_length", 0) for name in PERSON_COLUMNS}


class Judged(NamedTuple):
    """A row with its outcome as far as the row alone decides it; `claim` is what there is to tell the ledger."""

    line: int
    phone: str
    outcome: RowOutcome
    reasons: tuple[str, ...] = ()
    detail: str = ""
    address: str = ""
    country: str = ""
    person: dict[str, Any] | None = None
    claim: Claim | None = None


class Judge:
    """Judges the rows of one file. Everything it needs was read beforehand: while rows stream in, it asks nothing."""

    def __init__(
        self, program: Program, *, kind: str, disclosures: dict[str, list[Disclosure]], programs: dict[str, str],
        now: dt.datetime, source: Source,
    ) -> None:  # fmt: skip
        """`disclosures` of the program by slug, oldest version first; `programs` of the brand, slug to id."""
        self._program, self._programs, self._source = program, programs, source
        self._is_opt_outs = kind == ContactImport.Kind.OPT_OUTS
        self._examiner = Examiner(program, disclosures, now, source)

    def judge(self, row: Row) -> Judged:
        """Refuse the row, close the number, keep its person, or accept both the person and the proof of consent."""
        shown = row.values["phone"][:_PHONE_SHOWN]
        refused = RowOutcome.REFUSED
        if row.problem:
            reasons = (RowReason.UNREADABLE_ROW.value,)
            return Judged(
                line=row.line, phone=shown, outcome=refused, reasons=reasons, detail=f"the row {row.problem}"
            )
        try:
            phone = phones.parse(
                row.values["phone"], country=row.values["country"] or self._program.brand.country
            )
        except phones.BadPhone as bad:
            reasons = (RowReason(f"phone_{bad.reason.value}").value,)
            is_country = bad.reason == phones.PhoneProblem.UNKNOWN_COUNTRY
            detail = f"{self._source.called('country' if is_country else 'phone')}: {bad.detail}"
            return Judged(line=row.line, phone=shown, outcome=refused, reasons=reasons, detail=detail)
        notes: list[str] = []
        claim: Claim | None
        why: tuple[str, ...]
        if self._is_opt_outs or row.has_left:
            claim, outcome, why = (
                self._leaving(row, notes),
                RowOutcome.OPTED_OUT,
                (RowReason.LEFT_THERE.value,),
            )
        else:
            claim, why = self._examiner.examine(row, phone.country, notes)
            outcome = RowOutcome.ACCEPTED if claim else RowOutcome.CANNOT_TEXT
        return Judged(
            line=row.line,
            phone=shown,
            outcome=outcome,
            reasons=why,
            # A list of opt-outs is kept for its numbers; who they were is nobody's business any more.
            person=None if self._is_opt_outs else self._person(row, notes),
            detail="; ".join(notes),
            address=phone.e164,
            country=phone.country,
            claim=claim,
        )

    def _leaving(self, row: Row, notes: list[str]) -> Leaving:
        """Closes the brand, or the program that the row names; when they left need not be known."""
        evidence = self._source.evidence(row.line)
        said, at = row.values["opted_out_at"], None
        if said:
            evidence["opted_out_at"] = said
            try:
                at = self._examiner.time_of(said, "opted_out_at", evidence)
            except BadTime as bad:
                notes.append(f"when they left stays open: {bad.detail}")
        slug = row.values["program"]
        if slug and slug not in self._programs:
            column = self._source.called("program")
            notes.append(
                f"{column}: {slug!r} is no program of the brand: the number is closed for the whole brand"
            )
        return Leaving(evidence=evidence, occurred_at=at, program_id=self._programs.get(slug, ""))

    def _person(self, row: Row, notes: list[str]) -> dict[str, Any]:
        """The columns of the person that say something, and the other columns as attributes."""
        person: dict[str, Any] = {name: row.values[name] for name in PERSON_COLUMNS if row.values[name]}
        if problem := zones.check_zone(person.get("timezone", "")):
            del person["timezone"]
            notes.append(f"{self._source.called('timezone')} left empty: {problem}")
        if "country" in person:
            person["country"] = person["country"].upper()
        if state := geography.state_code(person.get("country", ""), person.get("region", "")):
            person["region"] = state.partition("-")[2]
        for name in [name for name, value in person.items() if len(value) > _LIMITS[name]]:
            del person[name]
            notes.append(
                f"{self._source.called(name)} left empty: it is longer than {_LIMITS[name]} characters"
            )
        if row.attributes:
            person["attributes"] = row.attributes
        return person
