"""A webhook whose handling fails: kept for its brand, tried again, and never lost, whoever else does what meanwhile."""

import contextlib
import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from messaging import receive
from messaging.models import Message
from smsapp.privacy import erase
from tests import calls, cast
from tests.cast import Cast
from webhooks import handle
from webhooks.models import WebhookEvent

NUMBER, WORDS = "+12065550123", "When do you open on Sunday?"


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> contextlib.AbstractContextManager[None]:
    """While this lasts, no text can be put into its thread."""

    def poison(*_: object, **__: object) -> None:
        raise RuntimeError("poison")

    @contextlib.contextmanager
    def lasting() -> Iterator[None]:
        with monkeypatch.context() as patched:
            patched.setattr(receive, "receive", poison)
            yield

    return lasting()


@pytest.mark.django_db
def test_it_is_kept_for_the_brand_whose_text_it_is(
    acme: Cast, failing: contextlib.AbstractContextManager[None]
) -> None:
    with failing:
        calls.text(acme.sender, acme.person(), WORDS)
    event = WebhookEvent.objects.get()
    assert (event.brand_id, event.attempts, event.processed_at) == (acme.brand.id, 1, None)


@pytest.mark.django_db
def test_what_was_given_up_its_brand_can_have_tried_again(
    acme: Cast, rival: Cast, failing: contextlib.AbstractContextManager[None]
) -> None:
    with failing:
        calls.text(acme.sender, acme.person(), WORDS)
        for _ in range(handle.MOST_ATTEMPTS):
            handle.replay_unprocessed()
    assert handle.replay_unprocessed() == 0
    assert handle.try_given_up_again([rival.brand.id]) == 0
    assert handle.try_given_up_again([acme.brand.id]) == 1
    assert handle.replay_unprocessed() == 1
    assert Message.objects.get(direction="in").body == WORDS


@pytest.mark.django_db(transaction=True)
def test_it_outlives_the_erasure_of_its_number_by_another_brand(
    acme: Cast, rival: Cast, failing: contextlib.AbstractContextManager[None]
) -> None:
    acme.person(NUMBER)
    theirs = rival.person(NUMBER)
    with failing:
        calls.text(acme.sender, NUMBER, WORDS)
    erase.erase(theirs.contact_id, asked_by=None, reason="asked by mail")
    assert handle.replay_unprocessed() == 1
    assert Message.objects.get(direction="in").body == WORDS


@pytest.mark.django_db(transaction=True)
def test_a_repeat_waits_for_the_first_one_longer_than_for_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    acme = cast.acme()
    point = acme.person()
    monkeypatch.setattr(handle, "LONGEST_WAIT", "100ms")
    reached, go = threading.Event(), threading.Event()
    real, answers = receive.receive, []

    def slow(*args: object, **how: object) -> Message:
        monkeypatch.setattr(receive, "receive", real)
        reached.set()
        assert go.wait(20)
        return real(*args, **how)  # type: ignore[arg-type]

    def tell() -> None:
        answers.append(calls.text(acme.sender, point, "STOP", MessageSid="SM" + "4" * 32).status_code)
        connection.close()

    monkeypatch.setattr(receive, "receive", slow)
    first, repeat = threading.Thread(target=tell), threading.Thread(target=tell)
    first.start()
    assert reached.wait(20)
    repeat.start()
    _until_somebody_waited(milliseconds=300)
    go.set()
    for thread in (first, repeat):
        thread.join(20)
    assert answers == [200, 200]
    assert Message.objects.filter(direction="in").count() == 1


def _until_somebody_waited(*, milliseconds: int) -> None:
    waited = (
        "SELECT 1 FROM pg_locks WHERE NOT granted AND clock_timestamp() - waitstart > %s * interval '1 ms'"
    )
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(waited, [milliseconds])
            if cursor.fetchone():
                return
            time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
