"""What waited for the same opening leaves one after the other, and all of it within the hours."""

import datetime as dt
import uuid
from collections import Counter

import pytest

from consent import gate, spread
from consent.asking import Verdict
from consent.rule_pack import current
from contacts.ids import new_id
from tests.gate_facts import HOUR, facts, got, point

OPENS = dt.datetime(2026, 11, 19, 15, 0, tzinfo=dt.UTC)  # Thursday, 10:00 in New York
MINUTE = dt.timedelta(minutes=1)


def held(message_id: uuid.UUID, *, now: dt.datetime = OPENS - 3 * HOUR, **changes: object) -> Verdict:
    return gate.judge_facts(facts(message_id=message_id, **changes), now=now, pack=current())


def test_a_thousand_texts_leave_over_a_quarter_of_an_hour() -> None:
    verdicts = [held(new_id()) for _ in range(1000)]
    assert {verdict.until for verdict in verdicts} == {OPENS}
    delays = [verdict.release_at - OPENS for verdict in verdicts if verdict.release_at]
    assert len(delays) == 1000
    assert dt.timedelta(0) <= min(delays) < MINUTE
    assert 14 * MINUTE < max(delays) < 15 * MINUTE
    each_minute = Counter(int(delay / MINUTE) for delay in delays)
    assert max(each_minute.values()) < 130  # an even share is 67


def test_a_text_keeps_its_moment_however_often_it_is_judged() -> None:
    message_id = new_id()
    moments = {held(message_id, now=OPENS - hours * HOUR).release_at for hours in (1, 2, 5)}
    assert len(moments) == 1


@pytest.mark.parametrize(("minutes", "within"), [(600, 15), (30, 15), (20, 10), (2, 1)])
def test_even_a_short_opening_lets_everything_out_in_its_first_half(minutes: int, within: int) -> None:
    for _ in range(200):
        moment = spread.release_at(new_id(), OPENS, OPENS + minutes * MINUTE, pack=current())
        assert OPENS <= moment < OPENS + within * MINUTE


def test_a_hold_that_ends_within_the_hours_is_not_spread() -> None:
    """The cap ends for each person at a moment of their own already."""
    noon = OPENS + 3 * HOUR
    capped = held(new_id(), now=noon, recent_marketing=got(*(noon - hours * HOUR for hours in (23, 2, 1))))
    assert capped.until == capped.release_at == noon + HOUR


def test_a_hold_without_an_end_has_no_moment() -> None:
    nowhere = held(new_id(), point=point(zones=()))
    assert (nowhere.outcome, nowhere.until, nowhere.release_at) == ("hold", None, None)
