"""On what an agreement may rest besides a person's express yes: where, on which proof, and for how long."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from dateutil.relativedelta import relativedelta

from consent.models import Basis


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One limited basis, as its law draws it."""

    countries: frozenset[str]  # of the number and of every place the person may be in
    begins_with: str  # the evidence key whose moment begins it
    needs: tuple[str, ...]  # evidence keys that must say something
    lasts: relativedelta | None  # from that moment; None: the law sets no end
    source: str


GROUNDS: dict[str, Ground] = {
    Basis.IMPLIED_PURCHASE: Ground(
        countries=frozenset({"CA"}),
        begins_with="purchase_at",
        needs=("purchase_at", "product"),
        lasts=relativedelta(months=24),
        source="CASL (S.C. 2010, c. 23) s. 10(9)(a), 10(10)(a): business relationship, two years from a purchase",
    ),
    Basis.IMPLIED_INQUIRY: Ground(
        countries=frozenset({"CA"}),
        begins_with="inquiry_at",
        needs=("inquiry_at", "product"),
        lasts=relativedelta(months=6),
        source="CASL (S.C. 2010, c. 23) s. 10(9)(a), 10(10)(e): six months from an inquiry",
    ),
    Basis.SOFT_OPT_IN: Ground(
        countries=frozenset({"GB"}),
        begins_with="purchase_at",
        needs=("purchase_at", "product", "opt_out_offered"),
        lasts=None,
        source="PECR 2003 (SI 2003/2426) reg. 22(3): got in a sale, own similar products, refusal offered then",
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """Whether a basis holds. `problem`: "" or why not, with the fix; `field`: the evidence key it is about, if one.

    `until` (aware UTC): when an agreement on this basis ends by itself; None: it does not.
    """

    problem: str = ""
    field: str = ""
    until: dt.datetime | None = None


def check(basis: str, *, country: str, evidence: Mapping[str, Any], now: dt.datetime) -> Checked:
    """Does this proof carry an agreement on `basis` for a number of `country` (ISO, e.g. "CA") at `now` (aware UTC)?

    `evidence` is the event's own: `purchase_at` or `inquiry_at` (aware datetime, or ISO 8601 with an offset),
    `product` (what was bought or asked about), `opt_out_offered` (True, or "yes": a refusal was offered when the
    number was given). Express agreement needs nothing here. Sources stand beside each ground.
    """
    if basis == Basis.EXPRESS:
        return Checked()
    ground = GROUNDS.get(basis)
    if ground is None:
        return Checked(f"{basis!r} is no basis; use one of: {', '.join(Basis.values)}", "basis")
    if country.upper() not in ground.countries:
        where = " or ".join(sorted(ground.countries))
        return Checked(
            f"counts only for numbers of {where}; elsewhere the person must agree expressly", "basis"
        )
    if missing := next((key for key in ground.needs if not _says_something(key, evidence.get(key))), ""):
        return Checked(MISSING[missing], missing)
    began = _moment(evidence[ground.begins_with])
    if began is None:
        return Checked(
            "is no moment with a time zone; write e.g. 2026-03-01T12:00:00+00:00", ground.begins_with
        )
    if began > now:
        return Checked("lies in the future", ground.begins_with)
    until = began + ground.lasts if ground.lasts else None
    if until is not None and until <= now:
        return Checked(f"has run out on {until:%Y-%m-%d}", ground.begins_with, until)
    return Checked(until=until)


MISSING = {
    "purchase_at": "is missing: when the person bought",
    "inquiry_at": "is missing: when the person asked",
    "product": "is missing: what the person bought or asked about",
    "opt_out_offered": 'must be "yes": a way to refuse was offered when the number was given',
}


def counts_in(basis: str, countries: frozenset[str]) -> bool:
    """Whether an agreement on this basis counts for somebody who may be in any of these countries (fails closed)."""
    ground = GROUNDS.get(basis)
    return basis == Basis.EXPRESS or (
        ground is not None and bool(countries) and countries <= ground.countries
    )


def _says_something(key: str, value: Any) -> bool:
    if key == "opt_out_offered":
        return value is True or str(value).strip().lower() in {"yes", "true", "1"}
    return bool(str(value).strip()) if value is not None else False


def _moment(value: Any) -> dt.datetime | None:
    """An aware moment, or None."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    return value if isinstance(value, dt.datetime) and value.tzinfo is not None else None
