"""A STOP for a number that somebody else has locked, and does not let go of: an answer comes, and it is no lie."""

import time

import psycopg
import pytest
from django.db import OperationalError

from consent.models import Status, Subscription
from tests import stack
from tests.calls import text
from tests.cast import Cast
from webhooks import handle

pytestmark = pytest.mark.django_db(transaction=True)


def test_neither_wait_for_the_lock_is_endless_and_the_repeat_closes(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "LONGEST_WAIT", "200ms")
    point = acme.person()
    with psycopg.connect(stack.database_url()) as other:
        other.execute(
            "SET idle_in_transaction_session_timeout = '5s'"
        )  # or an endless wait would be one for us too
        other.execute("SELECT 1 FROM contacts_contactpoint WHERE id = %s FOR UPDATE", [point.id])
        began = time.monotonic()
        # Twilio is told that it failed, and tries again; it must not hear that the number is closed.
        with pytest.raises(OperationalError, match="lock timeout"):
            text(acme.sender, point, "STOP")
        assert time.monotonic() - began < 4
    assert text(acme.sender, point, "STOP").status_code == 200
    assert Subscription.objects.get(point=point, program=None).status == Status.CLOSED
