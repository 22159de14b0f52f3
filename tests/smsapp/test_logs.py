"""The logs tell what happened and never to whom, or in which words."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.test import Client

from campaigns import fill, launch
from consent import sealing
from contacts.models import ContactPoint
from messaging import dispatch, outbox
from messaging.models import Message
from smsapp.seen import logs
from tests import calls
from tests.campaigns.conftest import campaign_of
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

NAME, SURNAME, WORDS = "Zephyrine", "Quackenbush", "the kettle sings at midnight"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything any logger says, down to DEBUG, as a process with LOG_FORMAT=json writes it."""
    settings = logs.configuration(level="DEBUG", style="json")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = dict(settings["formatters"]["lines"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_whole_flow_leaves_no_number_name_or_word_in_the_logs(
    acme: Cast, client: Client, written: io.StringIO
) -> None:
    logging.getLogger("tests").info("begun")
    point = acme.person(first_name=NAME, last_name=SURNAME, attributes={"secret": WORDS})
    campaign = campaign_of(
        acme, body=f"{{{{ first_name|default:'Hi' }}}}, {WORDS}. {{{{ brand }}}}, STOP to end"
    )
    launch.launch(campaign.id)
    fill.fill(campaign.id)
    dispatch.drain(acme.sender.id)
    calls.text(acme.sender, point, WORDS)
    calls.text(acme.sender, point, "STOP")
    calls.post(calls.INBOUND, {"From": point.address, "Body": WORDS}, signature="forged")
    outbox.queue([draft(acme, point)])
    sealing.seal_due()
    client.force_login(acme.team["owner"])
    client.get(f"/admin/contacts/contact/?q={SURNAME}")
    client.get(f"/admin/inbox/{Message.objects.filter(contact=point.contact)[0].thread_id}/")
    told = written.getvalue()
    assert len(lines(written)) > 1
    # Twilio's form writes a number with %2B, a page with nothing before it.
    for secret in (
        point.address,
        point.address.removeprefix("+"),
        NAME,
        SURNAME,
        WORDS,
        WORDS.replace(" ", "+"),
    ):
        assert secret not in told


def test_a_row_that_the_database_refuses_is_not_written_out(acme: Cast, written: io.StringIO) -> None:
    point = acme.person(first_name=NAME)
    try:
        with transaction.atomic():
            ContactPoint.objects.create(
                brand=acme.brand, contact=point.contact, address=point.address, created_at=point.created_at
            )
    except IntegrityError:
        logging.getLogger("tests").exception("refused %s", point.address)
    told = lines(written)[-1]
    assert told["event"] == "refused +…"
    assert "IntegrityError" in str(told["exception"])
    assert "point_one_per_address" in str(told["exception"])
    assert point.address not in json.dumps(told)


def test_a_line_says_when_how_grave_where_and_in_which_process(written: io.StringIO) -> None:
    logging.getLogger("messaging.dispatch").warning("the broker is away")
    told = lines(written)[-1]
    assert {"at", "level", "logger", "process", "event"} <= set(told)
    assert (told["level"], told["logger"]) == ("warning", "messaging.dispatch")


def test_a_task_is_named_without_what_it_was_given(written: io.StringIO) -> None:
    data = {"id": "1", "name": "campaigns.fill", "args": "+12065550100"}
    logging.getLogger("celery.app.trace").info("done", extra={"data": data})
    told = lines(written)[-1]
    assert told["task"] == "campaigns.fill"
    assert "2065550100" not in json.dumps(told)


def test_a_plain_line_is_for_people() -> None:
    formatter = dict(logs.configuration(level="INFO", style="plain")["formatters"]["lines"])
    record = logging.LogRecord("messaging", logging.INFO, __file__, 1, "sent to %s", ("+12065550100",), None)
    assert formatter.pop("()")(**formatter).format(record).endswith(" INFO messaging sent to +…")


def test_another_style_is_refused_by_name() -> None:
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT is 'yaml': write plain or json"):
        logs.configuration(level="INFO", style="yaml")
