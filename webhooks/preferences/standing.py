"""What a preference page tells: where a person stands in each program, since when, and how they agreed."""

import dataclasses
import datetime as dt
import uuid

from consent.models import CONSENTED, Act, Basis, ConsentEvent, Method, Program, Subscription
from consent.projection import FROM_HANDSET
from contacts.models import ContactPoint
from messaging.models import Route

_HOW = {
    Method.KEYWORD: "how_keyword",
    Method.WEB_FORM: "how_web_form",
    Method.CHECKOUT: "how_checkout",
    Method.PAPER: "how_paper",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Agreement:
    """When somebody agreed, how (the name of a wording), and the disclosure they were shown, if one is known."""

    at: dt.datetime
    how: str
    is_implied: bool
    text: str
    locale: str


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a person stands in one program. `kinds`: what they get of it, as kinds of purpose."""

    program: Program
    row: Subscription
    kinds: tuple[str, ...]
    agreement: Agreement | None
    number: str  # of the sender; "" when it has none of its own

    @property
    def is_open(self) -> bool:
        return bool(self.kinds) and not self.row.closed_by

    @property
    def missing(self) -> str:
        """The wording that says why nothing comes, or ""."""
        if self.row.closed_by:
            return "program_left"
        if self.kinds:
            return ""
        return "requested" if self.row.requested else "expired"

    @property
    def join_word(self) -> str:
        return next(iter(self.program.join_words), "")


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """All that the page of a number shows."""

    point: ContactPoint
    number: Subscription
    places: tuple[Place, ...]

    @property
    def is_closed(self) -> bool:
        return bool(self.number.closed_by)

    @property
    def may_text_start(self) -> bool:
        """A START from the handset undoes this closing."""
        return set(self.number.closed_by) <= FROM_HANDSET

    @property
    def pauses(self) -> list[Subscription]:
        rows = [self.number, *(place.row for place in self.places)]
        return [row for row in rows if row.paused]

    @property
    def paused_until(self) -> dt.datetime | None:
        """When the last of the pauses ends; None when one of them has no end."""
        ends = [row.paused_until for row in self.pauses]
        return None if None in ends else max(end for end in ends if end)

    def place_in(self, slug: str) -> Place | None:
        """Their place in the program of this slug."""
        return next((place for place in self.places if place.program.slug == slug), None)


def of(point: ContactPoint) -> Standing:
    """Where the present owner of a number stands, in a constant number of queries.

    What somebody else agreed to on the same phone is not theirs to see.
    """
    rows = list(
        Subscription.objects.filter(brand_id=point.brand_id, point=point)
        .select_related("program")
        .order_by("program__name")
    )
    number = next((row for row in rows if row.program_id is None), Subscription(point=point))
    own = [row for row in rows if row.program_id and row.contact_id == point.contact_id]
    agreements, numbers = _agreements(point), _numbers(point, own)
    places = tuple(
        Place(
            program=row.program,
            row=row,
            kinds=tuple(kind for kind in map(str, CONSENTED) if keys_of(row, kind)),
            agreement=agreements.get(row.program_id),
            number=numbers.get(row.program.id, ""),
        )
        for row in own
        if row.program
    )
    return Standing(point=point, number=number, places=places)


def keys_of(row: Subscription, kind: str) -> tuple[str, ...]:
    """The purposes of a kind that were agreed to, older wordings included."""
    return tuple(key for key in row.purposes if key.partition(":")[0] == kind)


def _agreements(point: ContactPoint) -> dict[uuid.UUID | None, Agreement]:
    """The newest agreement of each program."""
    events = (
        ConsentEvent.objects.filter(
            brand_id=point.brand_id,
            point=point,
            contact_id=point.contact_id,
            act__in=[Act.GRANTED, Act.CONFIRMED],
        )
        .select_related("disclosure")
        .order_by("seq")
    )
    return {
        event.program_id: Agreement(
            at=event.occurred_at,
            how=_HOW.get(Method(event.method), "how_other"),
            is_implied=event.basis != Basis.EXPRESS,
            text=event.disclosure.text if event.disclosure else "",
            locale=event.disclosure.locale if event.disclosure else "",
        )
        for event in events
    }


def _numbers(point: ContactPoint, rows: list[Subscription]) -> dict[uuid.UUID, str]:
    """The number that each program texts from: that of its first sender."""
    routes = Route.objects.filter(
        program_id__in=[row.program_id for row in rows], sender__brand_id=point.brand_id
    )
    found: dict[uuid.UUID, str] = {}
    for program_id, address in routes.order_by("priority", "id").values_list("program_id", "sender__address"):
        found.setdefault(program_id, address)
    return found
