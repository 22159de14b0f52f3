"""Everything a verdict rests on, loaded in bulk and then only read."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from django.db.backends.utils import CursorWrapper

from consent import ledger
from consent.asking import Ask
from consent.models import Program, RelationshipRules, Subscription
from consent.projection import Standing
from contacts import phones, reading, zones
from contacts.ids import as_array
from contacts.reading import Question

# One step into the index for each person: a planner that thinks little of the table reads all of it, for every page.
_POINTS = """
SELECT p.brand_id, p.id, p.contact_id, b.paused_at, b.customers_timezone, p.address, p.country, c.country,
       c.timezone, c.postal_code, c.region,
       (SELECT a.paused_at FROM contacts_pause a
         WHERE a.brand_id IS NULL AND a.program_id IS NULL AND a.resumed_at IS NULL)
  FROM contacts_contactpoint p
  JOIN LATERAL (SELECT * FROM contacts_contact WHERE id = p.contact_id OFFSET 0) c ON true
  JOIN contacts_brand b ON b.id = p.brand_id
 WHERE p.brand_id = ANY(%s::uuid[]) AND p.id = ANY(%s::uuid[])
"""
_PROGRAMS = reading.Reader(
    Program, "FROM consent_program row WHERE brand_id = ANY(%s::uuid[]) AND id = ANY(%s::uuid[])"
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PointFacts:
    """A number, whose it is, and where that person may be."""

    contact_id: uuid.UUID
    country: str  # of the number
    stated_country: str  # of the person; "" when they never said
    zones: tuple[str, ...]
    zone_source: str
    jurisdictions: frozenset[str]
    line: str  # mobile, fixed_line, voip …; of most numbers nobody can tell
    brand_paused_at: dt.datetime | None
    all_paused_at: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """How a program treats people: its columns of `RelationshipRules`, by the same names."""

    marketing_cap_per_week: int
    marketing_cap_per_month: int
    offer_share: int
    offer_window: int
    quiet_after: int
    question_every: int
    rest_hours: int
    silence_days: int
    texts_landlines: bool
    texts_voip: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFacts:
    """What a program sends, and whether it may send at all."""

    countries: frozenset[str]
    purpose_keys: dict[str, str]  # kind -> the key of its present wording
    marketing_cap_per_day: int
    fewer_per_week: int
    relationship: Relationship
    ready_at: dt.datetime | None
    paused_at: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about one ask. None: there is no such row in the brand that asks."""

    ask: Ask
    point: PointFacts | None
    program: ProgramFacts | None
    permission: Standing | None  # of the number in the program, given by the person whose number it is
    number: Standing | None  # of the number in the whole brand


def load(asks: Sequence[Ask]) -> list[Facts]:
    """The facts of each ask, in their order, in one round trip whatever their number.

    A point or program of another brand than the ask's is as good as none. Nothing is kept between calls:
    a STOP that is committed before this reads is in what it returns.
    """
    brands = {ask.brand_id for ask in asks}
    point_ids, program_ids = (
        {ask.point_id for ask in asks},
        {ask.program_id for ask in asks if ask.program_id},
    )
    with reading.RoundTrip() as trip:
        points = trip.ask(_points(brands, point_ids))
        programs = trip.ask(_programs(brands, program_ids))
        standings = trip.ask(_standings(brands, point_ids, program_ids))
    return [
        assemble(
            ask,
            point=points.answer.get((ask.brand_id, ask.point_id)),
            program=programs.answer.get((ask.brand_id, ask.program_id)),
            number=standings.answer.get((ask.brand_id, ask.point_id, None)),
            permission=standings.answer.get((ask.brand_id, ask.point_id, ask.program_id)),
        )
        for ask in asks
    ]


def assemble(
    ask: Ask,
    *,
    point: PointFacts | None,
    program: ProgramFacts | None,
    number: "Subscription | Kept | None",
    permission: "Subscription | Kept | None",
) -> Facts:
    """Put the facts of one ask together; a permission of somebody who no longer has the number is none."""
    is_theirs = (
        point is not None
        and permission is not None
        and permission.program_id is not None
        and permission.contact_id == point.contact_id
    )
    return Facts(
        ask=ask,
        point=point,
        program=program,
        permission=ledger.standing_of(permission) if permission is not None and is_theirs else None,
        number=ledger.standing_of(number) if number is not None else None,
    )


def of_program(program: Program) -> ProgramFacts:
    """The facts of a program; each purpose under the key of its present wording."""
    keys = {kind: program.purpose_key(kind) for kind in program.purposes}
    return ProgramFacts(
        countries=frozenset(country.upper() for country in program.countries or [program.country]),
        purpose_keys={kind: key for kind, key in keys.items() if key},
        marketing_cap_per_day=program.marketing_cap_per_day,
        fewer_per_week=program.fewer_per_week,
        relationship=of_relationship(program),
        ready_at=program.ready_at,
        paused_at=program.paused_at,
    )


def of_relationship(rules: RelationshipRules) -> Relationship:
    """The settings of a program about the relationship."""
    names = (field.name for field in dataclasses.fields(Relationship))
    return Relationship(**{name: getattr(rules, name) for name in names})


def load_points(
    brands: set[uuid.UUID], point_ids: set[uuid.UUID]
) -> dict[tuple[uuid.UUID, uuid.UUID], PointFacts]:
    """The facts of these numbers by (brand, point)."""
    return _points(brands, point_ids).ask()


def _points(
    brands: set[uuid.UUID], point_ids: set[uuid.UUID]
) -> Question[dict[tuple[uuid.UUID, uuid.UUID], PointFacts]]:
    def read(cursor: CursorWrapper) -> dict[tuple[uuid.UUID, uuid.UUID], PointFacts]:
        return {(row[0], row[1]): _point_facts(*row[2:]) for row in cursor.fetchall()}

    return Question(_POINTS, [as_array(brands), as_array(point_ids)], read)


def _point_facts(  # noqa: PLR0917 - the columns of one row
    contact_id: uuid.UUID,
    paused_at: dt.datetime | None,
    brand_rule: str,
    address: str,
    country: str,
    stated_country: str,
    stated_zone: str,
    postal_code: str,
    region: str,
    all_paused_at: dt.datetime | None,
) -> PointFacts:
    home = {"country": stated_country or country, "postal_code": postal_code, "region": region}
    where = zones.zones_for(address=address, stated=stated_zone, brand_rule=brand_rule, **home)
    return PointFacts(
        contact_id=contact_id,
        country=country.upper(),
        stated_country=stated_country.upper(),
        zones=where.names,
        zone_source=where.source,
        jurisdictions=zones.jurisdictions_for(address=address, **home),
        line=phones.line_of(address, country=country.upper()),
        brand_paused_at=paused_at,
        all_paused_at=all_paused_at,
    )


def _programs(
    brands: set[uuid.UUID], program_ids: set[uuid.UUID]
) -> Question[dict[tuple[uuid.UUID, uuid.UUID | None], ProgramFacts]]:
    return _PROGRAMS.question([as_array(brands), as_array(program_ids)]).into(
        lambda found: {(row.brand_id, row.id): of_program(row) for row in found}
    )


class Kept(NamedTuple):
    """The columns of a subscription that the gate reads: a claim loads too many for whole model instances."""

    brand_id: uuid.UUID
    point_id: uuid.UUID
    program_id: uuid.UUID | None
    contact_id: uuid.UUID
    requested: bool
    expired: bool
    paused: bool
    paused_until: dt.datetime | None
    fewer: bool
    purposes: list[str]
    terms: dict[str, Any] | None
    closed_by: list[str]
    held_by: list[str]
    last_seq: int
    granted_at: dt.datetime | None
    # No rule asks for these, and moments are slow to read.
    closed_at: None = None
    joined_at: None = None


_READ = (
    ", ".join(name for name in Kept._fields if name not in Kept._field_defaults)
    .replace(" terms", " nullif(terms, '{}')")
    .replace(" granted_at", " extract(epoch FROM granted_at)::float8")
)


_STANDINGS = f"""
SELECT {_READ} FROM consent_subscription
 WHERE brand_id = ANY(%s::uuid[]) AND point_id = ANY(%s::uuid[])
   AND (program_id IS NULL OR program_id = ANY(%s::uuid[]))
"""  # noqa: S608 - the names of columns above


def _standings(
    brands: set[uuid.UUID], point_ids: set[uuid.UUID], program_ids: set[uuid.UUID]
) -> Question[dict[tuple[uuid.UUID, uuid.UUID, uuid.UUID | None], Kept]]:
    def read(cursor: CursorWrapper) -> dict[tuple[uuid.UUID, uuid.UUID, uuid.UUID | None], Kept]:
        return {row[:3]: _kept(row) for row in cursor.fetchall()}

    return Question(_STANDINGS, [as_array(each) for each in (brands, point_ids, program_ids)], read)


def _kept(row: tuple[Any, ...]) -> Kept:
    kept = Kept._make((*row[:-1], from_epoch(row[-1]), None, None))
    terms: Any = kept.terms  # a raw cursor brings JSON as text
    return kept._replace(terms=orjson.loads(terms)) if terms else kept


def from_epoch(seconds: float | None) -> dt.datetime | None:
    """The moment (aware UTC) so many seconds after 1970: to the microsecond, and faster to read than a moment."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds is not None else None
