"""What the buttons of the preference page do; each wish is an act in the ledger, with what was pressed as evidence."""

import dataclasses
import datetime as dt
from typing import Any

from django.db import transaction

from campaigns import leaving
from consent import preferences
from consent.models import Method, Subscription
from contacts import clock
from contacts.models import ContactPoint
from inbox import asking
from messaging import in_flight, outbox
from webhooks.preferences import standing
from webhooks.preferences.standing import Place

# These ask for less, and are done however old the page is. The others need a page of now.
RESTRICTING = frozenset({"leave", "left", "off", "pause", "fewer"})


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What a button says: "leave", "off <program> <kind of purpose>", and so on."""

    what: str
    program: str = ""
    kind: str = ""

    @classmethod
    def read(cls, said: str) -> "Wish":
        what, program, kind, *_ = [*said.split(" "), "", ""]
        return cls(what, program, kind)

    @property
    def is_restricting(self) -> bool:
        return self.what in RESTRICTING


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """What was done: the name of the wording that says so, what is filled into it, and what could not be waited for."""

    wording: str
    program: str = ""
    until: dt.datetime | None = None
    in_flight: int = 0


def fulfil(point: ContactPoint, wish: Wish, *, evidence: dict[str, Any]) -> Done | None:
    """Do what was asked; None when there is no such wish, or no such program of the person.

    Leaving returns when nothing more can reach Twilio, as a STOP does; not for use inside a transaction. A wish that
    was fulfilled before changes nothing.
    """
    if wish.what == "leave":
        return Done("done_leave", in_flight=_leave(point, None, (), evidence))
    if wish.what == "pause":
        return Done("done_pause", until=preferences.pause(point, evidence=evidence))
    if wish.what == "resume":
        with transaction.atomic():
            preferences.resume(point, evidence=evidence)
            outbox.look_again(point.brand_id, point.id)
        return Done("done_resume")
    if wish.what == "erase":
        asking.ask_erasure(point)
        return Done("done_erase")
    place = standing.of(point).place_in(wish.program)
    return _in_program(point, place, wish, evidence) if place else None


def _in_program(point: ContactPoint, place: Place, wish: Wish, evidence: dict[str, Any]) -> Done | None:
    program = place.program
    if wish.what == "left":
        return Done("done_left", program.name, in_flight=_leave(point, place, (), evidence))
    if wish.what == "off":
        keys = standing.keys_of(place.row, wish.kind)
        return Done("done_off", in_flight=_leave(point, place, keys, evidence) if keys else 0)
    if wish.what == "fewer":
        preferences.fewer(point, program, evidence=evidence)
        return Done("done_fewer")
    if wish.what == "more":
        with transaction.atomic():
            preferences.as_before(point, program, evidence=evidence)
            outbox.look_again(point.brand_id, point.id)
        return Done("done_more")
    return None


def _leave(
    point: ContactPoint, place: Place | None, purposes: tuple[str, ...], evidence: dict[str, Any]
) -> int:
    """Leave once; pressed again it is not told twice, but waited for all the same."""
    program = place.program if place else None
    left = Subscription.objects.filter(
        brand_id=point.brand_id, point=point, program=program, closed_by__contains=[Method.PREFERENCES]
    )
    if left.exists():
        return in_flight.wait([point.id], closed_since=clock.now())
    return leaving.leave_now(
        point,
        method=Method.PREFERENCES,
        actor="customer",
        evidence=evidence,
        program=program,
        purposes=purposes,
    ).in_flight
