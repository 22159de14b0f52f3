"""What ends by itself: limited agreements and pauses."""

import datetime as dt

import pytest
import time_machine

from consent import expiry, gate, ledger
from consent.asking import Ask
from consent.models import Act, Basis, ConsentEvent, Method, Status, Subscription
from consent.reasons import Reason
from contacts import clock
from contacts.ids import new_id
from contacts.models import ContactPoint
from tests.cast import Cast, contact_point

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

DAY = dt.timedelta(days=1)


def person(acme: Cast) -> ContactPoint:
    """Somebody in Toronto."""
    point = contact_point(acme.brand, "+14165550177", timezone="America/Toronto", region="ON", country="CA")
    ContactPoint.objects.filter(id=point.id).update(country="CA")
    return point


def verdict(acme: Cast, point: ContactPoint, purpose: str = "marketing") -> tuple[str, tuple[str, ...]]:
    ask = Ask(
        message_id=new_id(), brand_id=acme.brand.id, point_id=point.id, program_id=acme.program.id, purpose=purpose
    )  # fmt: skip
    (found,) = gate.judge([ask], now=clock.now())
    return found.outcome, found.reasons


def status(acme: Cast, point: ContactPoint) -> str:
    return Subscription.objects.get(point=point, program=acme.program).status


def test_an_implied_agreement_ends_at_its_end_whether_or_not_the_sweep_has_run(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    point = person(acme)
    acme.grant(point, basis=Basis.IMPLIED_PURCHASE, until=clock.now() + DAY)
    assert verdict(acme, point)[0] == "allow"
    noon.shift(DAY)
    assert verdict(acme, point) == ("refuse", (Reason.EXPIRED,))
    assert expiry.expire() == {"expired": 1, "resumed": 0}
    assert (verdict(acme, point), status(acme, point)) == (("refuse", (Reason.EXPIRED,)), Status.EXPIRED)
    event = ConsentEvent.objects.filter(point=point).latest("seq")
    assert (event.act, event.method, event.actor, event.occurred_at) == (
        Act.EXPIRED, Method.SYSTEM, "system", clock.now(),
    )  # fmt: skip


def test_only_what_has_ended_expires(acme: Cast, noon: time_machine.Traveller) -> None:
    point = person(acme)
    acme.grant(point, ("informational",))
    acme.grant(point, basis=Basis.IMPLIED_INQUIRY, until=clock.now() + DAY)
    noon.shift(DAY)
    expiry.expire()
    assert status(acme, point) == Status.ACTIVE
    assert verdict(acme, point, "informational")[0] == "allow"
    assert verdict(acme, point)[0] == "refuse"


def test_a_second_run_records_nothing(acme: Cast, noon: time_machine.Traveller) -> None:
    acme.grant(person(acme), basis=Basis.IMPLIED_PURCHASE, until=clock.now() + DAY)
    assert expiry.expire() == {"expired": 0, "resumed": 0}
    noon.shift(DAY)
    assert expiry.expire()["expired"] == 1
    assert expiry.expire()["expired"] == 0


def test_an_express_yes_that_came_meanwhile_does_not_expire(acme: Cast, noon: time_machine.Traveller) -> None:
    point = person(acme)
    acme.grant(point, basis=Basis.IMPLIED_PURCHASE, until=clock.now() + DAY)
    acme.grant(point)
    noon.shift(DAY)
    assert expiry.expire()["expired"] == 0
    assert verdict(acme, point)[0] == "allow"


def test_a_pause_holds_past_its_end_until_the_sweep_has_recorded_it(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    point = acme.person()
    ledger.record(
        ledger.Entry(
            point_id=point.id, program_id=acme.program.id, act=Act.PAUSED, method=Method.PREFERENCES, actor="customer",
            until=clock.now() + DAY,
        )
    )  # fmt: skip
    noon.shift(DAY)
    assert verdict(acme, point) == ("hold", (Reason.PAUSED,))
    assert expiry.expire() == {"expired": 0, "resumed": 1}
    assert verdict(acme, point)[0] == "allow"


def test_the_end_of_a_pause_opens_nothing_that_was_closed_meanwhile(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    point = acme.person()
    ledger.record(
        ledger.Entry(
            point_id=point.id, act=Act.PAUSED, method=Method.PREFERENCES, actor="customer", until=clock.now() + DAY
        )
    )  # fmt: skip
    acme.stop(point)
    noon.shift(DAY)
    expiry.expire()
    assert verdict(acme, point) == ("refuse", (Reason.NUMBER_CLOSED,))
