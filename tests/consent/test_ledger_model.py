"""The ledger against a plain reference of what the documentation says, over histories that nobody thought of."""

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from consent import ledger, sealing
from consent.models import Act, Basis, ConsentEvent, Method, Seal, Subscription
from consent.rebuild import rebuild
from tests import cast
from tests.conftest import NOON
from tests.ledger_story import verify

if TYPE_CHECKING:
    from contacts.models import ContactPoint

pytestmark = pytest.mark.django_db

MARKETING, INFORMATIONAL = "marketing:1", "informational:1"
OWN = {Method.KEYWORD, Method.PLAIN_WORDS, Method.PREFERENCES}
DAY = dt.timedelta(days=1)
# What an agreement rests on, and when it ends by itself.
Limit = tuple[str, dt.datetime | None]


def ends_later(one: dt.datetime | None, other: dt.datetime | None) -> bool:
    """None never ends."""
    return other is not None and (one is None or one > other)


@dataclasses.dataclass
class Reference:
    """Where one permission stands, in the words of the glossary and of promise 7.

    Written as a list of things that hold, and not as the projection's functions.
    """

    agreed: set[str] = dataclasses.field(default_factory=set)
    closed_by: set[str] = dataclasses.field(default_factory=set)
    held_by: set[str] = dataclasses.field(default_factory=set)
    asked: bool = False
    paused: bool = False
    expired: bool = False
    fewer: bool = False
    closed_at: dt.datetime | None = None
    paused_until: dt.datetime | None = None
    limits: dict[str, Limit] = dataclasses.field(default_factory=dict)
    count: int = 0

    def agree(
        self, purposes: set[str], method: str, at: dt.datetime, limit: Limit = (Basis.EXPRESS, None)
    ) -> None:
        """It undoes a closing only as a fresh act of the person's, after what was closed by their own words.

        An express agreement without an end lifts what limits a purpose; a limited one never limits what has no limit,
        and of two limits the one that ends later counts.
        """
        if self.closed_by:
            is_own_act = method in {Method.KEYWORD, Method.WEB_FORM}
            is_later = self.closed_at is not None and at > self.closed_at
            if not (is_own_act and is_later and self.closed_by <= OWN):
                return
        for purpose in purposes:
            known = self.limits.get(purpose)
            if limit == (Basis.EXPRESS, None):
                self.limits.pop(purpose, None)
            elif purpose not in self.agreed or (known and ends_later(limit[1], known[1])):
                self.limits[purpose] = limit
        self.agreed |= purposes
        self.closed_by, self.closed_at = set(), None
        self.asked = self.expired = False

    def leave(self, purposes: set[str], method: str, at: dt.datetime) -> None:
        """Leaving some of the purposes narrows; leaving the last, or all, closes."""
        if purposes:
            is_all = not self.agreed - purposes
            self.keep(set() if is_all else self.agreed - purposes)
            if not is_all:
                return
        self.closed_by |= {method}
        self.closed_at, self.asked = at, False

    def resume(self, method: str) -> None:
        """START undoes what the person's own words closed, or that she was thought out of reach, and ends a pause.

        The team's second signature undoes every closing, and never the person's own pause. Her page ends a pause and
        her wish for fewer, and opens nothing.
        """
        if method != Method.AGENT:
            self.paused, self.paused_until = False, None
        if method == Method.PREFERENCES:
            self.fewer = False
        if method == Method.KEYWORD:
            self.closed_by -= OWN | {Method.SYSTEM}
        if method == Method.AGENT:
            self.closed_by = set()
        if not self.closed_by:
            self.closed_at = None

    def pause(self, until: dt.datetime | None) -> None:
        """The longer of two pauses counts."""
        if not self.paused or ends_later(until, self.paused_until):
            self.paused_until = until
        self.paused = True

    def expire(self, purposes: set[str]) -> None:
        self.keep(self.agreed - purposes if purposes else set())
        self.expired = True

    def keep(self, purposes: set[str]) -> None:
        """These of what was agreed to, with what limits them."""
        self.agreed = purposes
        self.limits = {purpose: limit for purpose, limit in self.limits.items() if purpose in purposes}

    @property
    def status(self) -> str:
        """The strictest of what is true."""
        for is_so, status in (
            (self.closed_by, "closed"), (self.held_by, "held"), (self.paused, "paused"), (self.agreed, "active"),
            (self.asked, "requested"), (self.expired, "expired"),
        ):  # fmt: skip
            if is_so:
                return status
        return "none"


class Ledger(RuleBasedStateMachine):
    """Two people of one brand; each step is recorded, and told to the reference too."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(NOON, tick=False)
        self.traveller = self.clock.start()
        self.savepoint = transaction.savepoint()
        self.acme = cast.acme()
        self.points = [self.acme.person(agrees_to=()) for _ in range(2)]
        self.expected: dict[tuple[Any, Any], Reference] = {}
        self.recorded = dict.fromkeys((point.id for point in self.points), 0)

    def teardown(self) -> None:
        try:
            waiting = sum(self.recorded.values()) - Seal.objects.count()
            assert sealing.seal_due() == (1 if waiting else 0)
            differences = [each for step in rebuild(is_check=True) for each in step.differences]
            assert differences == []
            assert verify()["findings"] == []
        finally:
            # Deferred checks of rows that are about to go would fail at the end of the test.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            transaction.savepoint_rollback(self.savepoint)
            self.clock.stop()

    people = st.integers(0, 1)
    of_program = st.booleans()
    some = st.sampled_from([(MARKETING,), (INFORMATIONAL,), (MARKETING, INFORMATIONAL)])
    some_or_none = some | st.just(())
    days_ago = st.integers(0, 3)
    ends_in = st.none() | st.integers(1, 60)

    def tell(self, person: int, act: str, method: str, *, in_program: bool, **fields: Any) -> Reference:
        """Record it; the reference of that standing, to be told by the rule."""
        point: ContactPoint = self.points[person]
        program = self.acme.program if in_program else None
        ledger.record(
            ledger.Entry(
                point_id=point.id, program_id=program.id if program else None, act=act, method=method,
                actor="customer", **fields,
            )
        )  # fmt: skip
        self.recorded[point.id] += 1
        known = self.expected.setdefault((point.id, program.id if program else None), Reference())
        known.count = self.recorded[point.id]
        return known

    @initialize()
    def begin(self) -> None:
        """Nothing is known of anybody."""
        assert not ConsentEvent.objects.exists()

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.traveller.shift(hours * 3600)

    @rule(
        person=people, act=st.sampled_from([Act.GRANTED, Act.CONFIRMED]), purposes=some, days_ago=days_ago,
        method=st.sampled_from([Method.WEB_FORM, Method.KEYWORD, Method.IMPORT, Method.PAPER, Method.API]),
        basis=st.sampled_from([Basis.EXPRESS, Basis.EXPRESS, Basis.IMPLIED_PURCHASE, Basis.SOFT_OPT_IN]),
        ends_in=ends_in,
    )  # fmt: skip
    def agrees(
        self, person: int, act: str, method: str, purposes: tuple[str, ...], days_ago: int, basis: str,
        ends_in: int | None,
    ) -> None:  # fmt: skip
        at = self.now() - days_ago * DAY
        until = self.in_days(ends_in)
        known = self.tell(
            person,
            act,
            method,
            in_program=True,
            purposes=purposes,
            occurred_at=at,
            basis=basis,
            until=until,
            evidence={"page": "/join"},
        )
        known.agree(set(purposes), method, at, (basis, until))

    @rule(
        person=people, in_program=of_program, purposes=some_or_none,
        method=st.sampled_from([Method.KEYWORD, Method.PLAIN_WORDS, Method.AGENT, Method.SUPPORT, Method.WEB_FORM]),
    )  # fmt: skip
    def leaves(self, person: int, in_program: bool, method: str, purposes: tuple[str, ...]) -> None:
        purposes = purposes if in_program else ()
        known = self.tell(person, Act.REVOKED, method, in_program=in_program, purposes=purposes)
        known.leave(set(purposes), method, self.now())

    @rule(
        person=people,
        how=st.sampled_from([
            (Act.BLOCKED_BY_CARRIER, Method.CARRIER), (Act.UNDELIVERABLE, Method.CARRIER),
            (Act.UNDELIVERABLE, Method.SYSTEM),
        ]),
    )  # fmt: skip
    def is_out_of_reach(self, person: int, how: tuple[str, str]) -> None:
        act, method = how
        self.tell(person, act, method, in_program=False).leave(set(), method, self.now())

    @rule(
        person=people,
        in_program=of_program,
        method=st.sampled_from(
            [Method.KEYWORD, Method.CARRIER, Method.API, Method.PREFERENCES, Method.AGENT]
        ),
    )
    def is_resumed(self, person: int, in_program: bool, method: str) -> None:
        """By a START, by the team's reopening (AGENT), on the preference page, or by one who may not."""
        self.tell(person, Act.RESUMED, method, in_program=in_program).resume(method)

    @rule(person=people, in_program=of_program, ends_in=ends_in)
    def pauses(self, person: int, in_program: bool, ends_in: int | None) -> None:
        until = self.in_days(ends_in)
        self.tell(person, Act.PAUSED, Method.PREFERENCES, in_program=in_program, until=until).pause(until)

    @rule(person=people)
    def asks_for_fewer(self, person: int) -> None:
        self.tell(person, Act.REDUCED, Method.PREFERENCES, in_program=True).fewer = True

    @rule(person=people)
    def asks_to_join(self, person: int) -> None:
        self.tell(person, Act.REQUESTED, Method.WEB_FORM, in_program=True).asked = True

    @rule(person=people)
    def does_not_answer_in_time(self, person: int) -> None:
        self.tell(person, Act.WITHDRAWN, Method.SYSTEM, in_program=True).asked = False

    @rule(person=people, method=st.sampled_from([Method.PLAIN_WORDS, Method.AGENT]))
    def is_held(self, person: int, method: str) -> None:
        self.tell(person, Act.HELD, method, in_program=False).held_by.add(method)

    @rule(person=people)
    def is_released(self, person: int) -> None:
        self.tell(person, Act.RELEASED, Method.AGENT, in_program=False).held_by.clear()

    @rule(person=people, purposes=some_or_none)
    def agreement_ends(self, person: int, purposes: tuple[str, ...]) -> None:
        known = self.tell(person, Act.EXPIRED, Method.SYSTEM, in_program=True, purposes=purposes)
        known.expire(set(purposes))

    @rule()
    def is_sealed(self) -> None:
        sealing.seal(self.acme.brand.id)

    @invariant()
    def every_subscription_is_what_the_reference_says(self) -> None:
        rows = {(row.point_id, row.program_id): row for row in Subscription.objects.all()}
        assert set(rows) == set(self.expected)
        for key, row in rows.items():
            known = self.expected[key]
            assert row.status == known.status
            assert set(row.purposes) == known.agreed
            assert set(row.closed_by) == known.closed_by
            assert set(row.held_by) == known.held_by
            assert row.closed_at == known.closed_at
            assert (row.paused, row.paused_until, row.fewer) == (
                known.paused,
                known.paused_until,
                known.fewer,
            )
            assert limits_of(row) == known.limits
            ends = [until for _, until in known.limits.values() if until]
            assert row.expires_at == min(ends, default=None)
            assert row.last_seq == known.count

    @invariant()
    def every_chain_is_gapless(self) -> None:
        for point in self.points:
            events = list(ConsentEvent.objects.filter(point=point).order_by("seq"))
            assert [event.seq for event in events] == list(range(1, self.recorded[point.id] + 1))
            assert [event.previous_hash for event in events] == ["", *(event.hash for event in events)][
                : len(events)
            ]

    def in_days(self, days: int | None) -> dt.datetime | None:
        return None if days is None else self.now() + days * DAY

    def now(self) -> dt.datetime:
        return dt.datetime.now(tz=dt.UTC)


def limits_of(row: Subscription) -> dict[str, Limit]:
    """What the row says of limits, in the reference's shape."""
    return {
        purpose: (term["basis"], dt.datetime.fromisoformat(term["until"]) if term["until"] else None)
        for purpose, term in row.terms.items()
    }


def test_the_ledger_does_what_the_documentation_says() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Ledger,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )  # fmt: skip
