"""How short a retention rule may be: figures of law and house, each with its source."""

import dataclasses
import functools
import tomllib
from pathlib import Path

from consent.models import Program
from contacts.models import Brand, RetentionRule

_FILE = Path(__file__).with_name("minimums.toml")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """At least so many days for a kind of data; `country` is ISO 3166, or "" where it holds everywhere."""

    kind: str
    days: int
    source: str
    confidence: str
    country: str = ""


@functools.cache
def minimums() -> tuple[Minimum, ...]:
    """All of them, as the file has them."""
    return tuple(Minimum(**row) for row in tomllib.loads(_FILE.read_text(encoding="utf-8"))["minimum"])


def minimum_for(brand: Brand, kind: str) -> Minimum | None:
    """The longest minimum that binds a brand, by the countries that its programs serve; None: there is none."""
    of_kind = [row for row in minimums() if row.kind == kind]
    known = {row.country for row in of_kind}
    served = _countries_of(brand)
    binding = [row for row in of_kind if not row.country or row.country in served]
    if known != {""} and served - known:
        binding = of_kind
    return max(binding, key=lambda row: row.days, default=None)


def problem_of(rule: RetentionRule) -> str:
    """Why a rule must not run, with the fix, or ""."""
    least = minimum_for(rule.brand, rule.kind)
    if least is None or rule.days >= least.days:
        return ""
    return f"days: must be at least {least.days} for {rule.get_kind_display().lower()}: {least.source}"


def _countries_of(brand: Brand) -> set[str]:
    served = {brand.country.upper()}
    for country, countries in Program.objects.filter(brand=brand).values_list("country", "countries"):
        served |= {code.upper() for code in (country, *countries)}
    return served
