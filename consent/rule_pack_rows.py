"""The kinds of rows a rule pack has: hours and caps of a place, figures that hold everywhere, what carriers ask."""

import abc
import dataclasses
import datetime as dt
from functools import cache
from typing import Literal

import holidays

# Minutes since local midnight, from and until; the end is outside.
Hours = tuple[int, int]
Week = tuple[Hours | None, ...]  # Monday to Sunday; None: none at all on that day
HolidayRule = Literal["usual", "sunday", "none"]
Confidence = Literal["read", "secondary", "stated", "unverified", "conflicting", "policy"]
Whose = Literal["law", "house"]
WHOLE_DAY = 24 * 60
SUNDAY = 6
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclasses.dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Row(abc.ABC):
    """What every row tells about itself; it is in effect from one local day to the day before another.

    Compared by identity: a row is a place in a file, and the caches of the gate look it up millions of times.
    """

    source: str
    confidence: Confidence
    effective_from: dt.date
    reviewer: str
    review_date: dt.date
    effective_until: dt.date | None = None
    note: str = ""
    disagreement: str = ""  # what other sources say; the stricter figure stands in the row

    def is_in_effect(self, day: dt.date) -> bool:
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)

    @property
    @abc.abstractmethod
    def subject(self) -> str:
        """What the row is about; of one subject only one row may be in effect on a day."""


@dataclasses.dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Rule(Row):
    """When texts of one purpose may arrive in one place, and how many in any 24 hours.

    Without a `zone` the hours are those of the person's own clock, in every zone they may be in. `cap_counts` says
    in words which texts the source counts towards the cap; the gate counts every marketing text.
    """

    jurisdiction: str
    by: Whose
    purpose: str
    week: Week
    holidays: HolidayRule = "usual"
    cap_per_day: int | None = None
    cap_counts: str = ""
    zone: str = ""

    @property
    def subject(self) -> str:
        return f"{self.jurisdiction} {self.purpose} by {self.by}"

    def hours_on(self, day: dt.date) -> Hours | None:
        """The hours of this local day; None: none at all."""
        if self.holidays != "usual" and day in holidays_of(self.jurisdiction, day.year):
            return self.week[SUNDAY] if self.holidays == "sunday" else None
        return self.week[day.weekday()]


@dataclasses.dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Inherited(Row):
    """A state of which no rule of its own is known: the rows of the country it is in are all that bind."""

    jurisdiction: str
    inherits: str

    @property
    def subject(self) -> str:
        return f"{self.jurisdiction} inherits"


@dataclasses.dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Setting(Row):
    """One number that holds everywhere."""

    name: str
    value: int

    @property
    def subject(self) -> str:
        return f"setting {self.name}"


@dataclasses.dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Requirement(Row):
    """What carriers ask beside the law, and what of ours keeps it; the gate's hours and caps do not read it."""

    name: str
    says: str
    kept_by: str

    @property
    def subject(self) -> str:
        return f"requirement {self.name}"


@cache
def holidays_of(jurisdiction: str, year: int) -> frozenset[dt.date]:
    """The public holidays of a country or state, with the days on which they are observed."""
    country, _, state = jurisdiction.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=state or None, years=year))
