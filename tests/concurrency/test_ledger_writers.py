"""Eight writers and eight sealers at once: one gapless chain a number, one place an event, and no deadlock."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from consent import ledger, sealing
from consent.models import Act, ConsentEvent, Method, Seal, TreeHead, Unsealed
from contacts.models import ContactPoint
from tests import cast
from tests.ledger_story import verify

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8
SECONDS = 60  # far longer than it takes; a deadlock or a lost lock would not end at all


def at_once(work: Callable[[int], None]) -> None:
    """Run it in eight threads that begin together; the first error is raised."""
    begin = threading.Barrier(WRITERS)

    def run(number: int) -> None:
        begin.wait(SECONDS)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")  # who waits so long waits for ever
            work(number)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
            connections.close_all()

    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(run, number) for number in range(WRITERS)]:
            done.result(SECONDS)


def entry(point: ContactPoint, dice: random.Random) -> ledger.Entry:
    act = dice.choice([Act.REVOKED, Act.RESUMED, Act.PAUSED, Act.HELD, Act.RELEASED])
    return ledger.Entry(
        point_id=point.id, act=act, method=Method.KEYWORD, actor="customer", evidence={"n": dice.random()}
    )


def assert_gapless(point: ContactPoint, count: int) -> None:
    events = list(ConsentEvent.objects.filter(point=point).order_by("seq"))
    assert [event.seq for event in events] == list(range(1, count + 1))
    assert [event.previous_hash for event in events] == ["", *(event.hash for event in events)][:count]


def test_eight_writers_on_one_number_make_one_gapless_chain() -> None:
    acme = cast.acme()
    point = acme.person(agrees_to=())

    def write(number: int) -> None:
        dice = random.Random(number)
        for _ in range(15):
            ledger.record(entry(point, dice))

    at_once(write)
    assert_gapless(point, WRITERS * 15)
    sealing.seal(acme.brand.id)
    assert verify()["findings"] == []


def test_eight_writers_on_many_numbers_in_any_order_do_not_block_each_other() -> None:
    acme = cast.acme()
    points = [acme.person(agrees_to=()) for _ in range(12)]
    written = [0] * len(points)
    lock = threading.Lock()

    def write(number: int) -> None:
        dice = random.Random(number)
        for _ in range(8):
            chosen = dice.sample(range(len(points)), 6)  # in an order of its own, as an import's rows are
            ledger.record_many([entry(points[each], dice) for each in chosen])
            with lock:
                for each in chosen:
                    written[each] += 1

    at_once(write)
    for point, count in zip(points, written, strict=True):
        assert_gapless(point, count)
    assert verify()["findings"] == []


def test_eight_sealers_beside_writers_give_every_event_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PAGE", 7)
    acme, rival = cast.acme(), cast.rival()
    points = [brand.person(agrees_to=()) for brand in (acme, rival) for _ in range(3)]

    def write_and_seal(number: int) -> None:
        dice = random.Random(number)
        for _ in range(10):
            ledger.record(entry(dice.choice(points), dice))
            sealing.seal(dice.choice([acme, rival]).brand.id)

    at_once(write_and_seal)
    while sealing.seal_due():
        pass
    assert not Unsealed.objects.exists()
    assert Seal.objects.count() == WRITERS * 10
    for brand in (acme.brand, rival.brand):
        places = list(
            Seal.objects.filter(brand=brand).order_by("position").values_list("position", flat=True)
        )
        assert places == list(range(len(places)))
        assert TreeHead.objects.filter(brand=brand).order_by("-size").first().size == len(places)  # type: ignore[union-attr]
    assert verify()["findings"] == []
