"""Whom a file or a carrier closed: nothing waits for them any more, and what is under way is waited for."""

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from campaigns import deactivations, departed, imports, journeys
from campaigns.models import Enrollment, EnrollmentStatus
from consent import intake, joining, ledger, opting
from consent.models import Act, JoinRequest, Method
from contacts import clock
from contacts.models import ContactImport, ContactPoint
from messaging import outbox, record
from messaging.models import Message
from messaging.models import Status as MessageStatus
from messaging.providers.errors import Action
from messaging.providers.twilio import Outcome
from tests.campaigns.conftest import DAY, joins, journey_of
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = pytest.mark.django_db
Status = ContactImport.Status


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file begins on a Wednesday at 13:00 New York, and no broker is asked."""


@pytest.fixture
def maria(acme: Cast) -> ContactPoint:
    """On her way through a journey, with a text waiting, and asked to confirm."""
    journey_of(acme, waits=(DAY,))
    point = joins(acme)
    journeys.enroll_joined()
    outbox.queue([draft(acme, point, origin_id=uuid.uuid4())])
    joining.request(
        point, acme.program, method=Method.WEB_FORM, purposes=opting.purposes_of(acme.program), disclosure=None,
        evidence={},
    )  # fmt: skip
    return point


@pytest.fixture
def under_way(maria: ContactPoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Her text is being sent, and the answer comes while somebody waits for it."""
    Message.objects.filter(point=maria).exclude(purpose="consent").update(
        status=MessageStatus.SENDING,
        claim_id=uuid.uuid4(),
        lease_until=clock.now() + dt.timedelta(seconds=settings.LEASE_SECONDS),
    )

    def its_answer_comes(_seconds: float) -> None:
        Message.objects.filter(status=MessageStatus.SENDING).update(
            status=MessageStatus.HANDED_OFF, handed_off_at=clock.now()
        )

    monkeypatch.setattr("messaging.in_flight.time.sleep", its_answer_comes)


def take_in(acme: Cast, folder: Path, *lines: str, told: list[str] | None = None) -> imports.Taken:
    path = folder / "left.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    row = intake.describe(path, program=acme.program, filename=path.name, kind="opt_outs")
    seen = [] if told is None else told
    return imports.run(
        path, row, program=acme.program, on_progress=lambda stage, _rows, _share: seen.append(stage)
    )


def statuses() -> list[str]:
    return list(Message.objects.exclude(purpose="consent").values_list("status", flat=True))


def is_over() -> tuple[bool, bool]:
    """(the journey is, the request to join is)."""
    return (
        Enrollment.objects.get().status == EnrollmentStatus.LEFT,
        JoinRequest.objects.get().ended_at is not None,
    )


def test_an_opt_out_list_stops_what_waits_for_the_people_on_it(
    acme: Cast, maria: ContactPoint, tmp_path: Path
) -> None:
    other = acme.person()
    outbox.queue([draft(acme, other, origin_id=uuid.uuid4())])
    assert take_in(acme, tmp_path, "phone", maria.address).in_flight == 0
    assert sorted(statuses()) == [MessageStatus.CANCELED, MessageStatus.QUEUED]
    assert Message.objects.get(status=MessageStatus.QUEUED).point_id == other.id
    assert is_over() == (True, True)


def test_leaving_one_program_by_a_list_ends_what_is_of_it(
    acme: Cast, maria: ContactPoint, tmp_path: Path
) -> None:
    take_in(acme, tmp_path, "phone,program", f"{maria.address},{acme.program.slug}")
    assert (statuses(), is_over()) == ([MessageStatus.CANCELED], (True, True))


@pytest.mark.usefixtures("under_way")
def test_the_import_waits_for_texts_under_way_and_says_so(
    acme: Cast, maria: ContactPoint, tmp_path: Path
) -> None:
    told: list[str] = []
    assert take_in(acme, tmp_path, "phone", maria.address, told=told).in_flight == 0
    assert told[-1] == "waiting for 1 texts that are under way"


@pytest.mark.usefixtures("under_way")
def test_a_list_of_deactivated_numbers_waits_too(maria: ContactPoint) -> None:
    told: list[int] = []
    found = deactivations.take(
        [maria.address], day=clock.now().date(), listed_in="carrier.txt",
        on_progress=lambda _outcome, under_way: told.append(under_way),
    )  # fmt: skip
    assert (found.closed, found.in_flight, told) == (1, 0, [0, 1])
    assert is_over()[0]


@pytest.mark.usefixtures("under_way")
def test_an_import_is_done_only_when_nothing_is_under_way_to_who_left(
    acme: Cast, maria: ContactPoint, tmp_path: Path
) -> None:
    path, stood = tmp_path / "left.csv", []
    path.write_text(f"phone\n{maria.address}\n", encoding="utf-8")
    row = intake.describe(path, program=acme.program, filename=path.name, kind="opt_outs")

    def look(stage: str, _rows: int, _share: float) -> None:
        stood.append((stage.partition(" ")[0], ContactImport.objects.get(id=row.id).status))

    imports.run(path, row, program=acme.program, on_progress=look)
    assert stood[-1] == ("waiting", Status.SETTLING)
    assert ContactImport.objects.get(id=row.id).status == Status.DONE


def test_an_import_that_died_while_it_waited_is_done_by_the_next_round(
    acme: Cast, maria: ContactPoint, noon: time_machine.Traveller, tmp_path: Path
) -> None:
    path = tmp_path / "left.csv"
    path.write_text(f"phone\n{maria.address}\n", encoding="utf-8")
    row = intake.describe(path, program=acme.program, filename=path.name, kind="opt_outs")
    intake.run(path, row, program=acme.program)
    assert imports.sweep() == 0  # its process may still be at it
    assert ContactImport.objects.get(id=row.id).status == Status.SETTLING
    noon.shift(20)
    assert imports.sweep() == 1
    assert (statuses(), is_over()) == ([MessageStatus.CANCELED], (True, True))
    assert ContactImport.objects.get(id=row.id).status == Status.DONE
    assert imports.sweep() == 0


def refused(acme: Cast, point: ContactPoint, code: int, action: Action) -> None:
    """A text to this number came back with a code."""
    (sent,) = outbox.queue([draft(acme, point, origin_id=uuid.uuid4())])
    record.close_numbers([Outcome(message_id=sent, code=code, action=action)])


@pytest.mark.parametrize(
    ("code", "action"), [(21610, Action.CLOSE_NUMBER), (21614, Action.NUMBER_DEAD)], ids=["left", "dead"]
)
def test_a_carrier_that_closes_a_number_stops_what_waits_for_it(
    acme: Cast, maria: ContactPoint, code: int, action: Action
) -> None:
    refused(acme, maria, code, action)
    assert statuses() == [MessageStatus.CANCELED] * 2
    assert departed.sweep() == 1
    assert is_over() == (True, True)
    assert departed.sweep() == 0


def test_a_carrier_that_may_mean_a_no_leaves_it_to_a_person(acme: Cast, maria: ContactPoint) -> None:
    refused(acme, maria, 30007, Action.HOLD_NUMBER)
    assert departed.sweep() == 0
    assert (MessageStatus.CANCELED not in statuses(), is_over()) == (True, (False, False))


def test_an_import_that_died_after_its_commit_is_seen_to_by_the_next_round(
    acme: Cast, maria: ContactPoint, tmp_path: Path
) -> None:
    path = tmp_path / "left.csv"
    path.write_text(f"phone\n{maria.address}\n", encoding="utf-8")
    row = intake.describe(path, program=acme.program, filename=path.name, kind="opt_outs")
    intake.run(path, row, program=acme.program)
    assert statuses() == [MessageStatus.QUEUED]
    assert departed.sweep() == 1
    assert (statuses(), is_over()) == ([MessageStatus.CANCELED], (True, True))


def test_who_was_opened_again_meanwhile_keeps_what_waits(acme: Cast, maria: ContactPoint) -> None:
    refused(acme, maria, 21610, Action.CLOSE_NUMBER)
    ledger.record(ledger.Entry(point_id=maria.id, act=Act.RESUMED, method=Method.AGENT, actor="user:1"))
    (again,) = outbox.queue([draft(acme, maria, origin_id=uuid.uuid4())])
    assert departed.sweep() == 0
    assert Message.objects.get(id=again).status == MessageStatus.QUEUED
