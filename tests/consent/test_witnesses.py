"""Witnesses: every way a tree head leaves, what stops it, and that nothing inside a network can be reached by it."""

import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection

from consent import heads, sealing, witness_ways, witnesses
from consent.models import HeadDelivery, HeadWitness, TreeHead
from contacts import clock
from tests import cast
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.HEADS_DIR = str(tmp_path / "heads")


def head_of(acme: Cast) -> TreeHead:
    """A tree head over one more event."""
    acme.person()
    head = sealing.seal(acme.brand.id)
    assert head
    return head


def witness(acme: Cast, kind: str, address: str, **fields: Any) -> HeadWitness:
    return HeadWitness.objects.create(
        brand=acme.brand, kind=kind, address=address, created_at=clock.now(), **fields
    )


class Listener(http.server.BaseHTTPRequestHandler):
    """Somebody who is told of heads; answers what `status` says, and keeps what it heard."""

    status = 204
    heard: list[Any] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).heard.append(json.loads(body))
        self.send_response(self.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        type(self).heard.append("followed")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener(settings: Any) -> Iterator[tuple[type[Listener], str]]:
    settings.DEBUG = True  # a webhook to this machine is for development only
    kind = type("Listening", (Listener,), {"heard": []})
    with http.server.HTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield kind, f"http://127.0.0.1:{server.server_port}/heads"
        server.shutdown()


def test_a_file_gets_a_line_for_each_head(acme: Cast, noon: time_machine.Traveller, tmp_path: Path) -> None:
    witness(acme, "file", "auditor", every_hours=1)
    first = head_of(acme)
    assert witnesses.publish() == 1
    noon.shift(HOUR)
    second = head_of(acme)
    assert witnesses.publish() == 1
    lines = (tmp_path / "heads" / "auditor" / "acme-heads.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [heads.told(first), heads.told(second)]
    assert set(json.loads(lines[0])) == {
        "brand", "size", "root", "signed_at", "key", "public_key", "signature"
    }  # fmt: skip


def test_no_more_often_than_it_wants(acme: Cast, noon: time_machine.Traveller) -> None:
    witness(acme, "file", "daily", every_hours=24)
    head_of(acme)
    assert witnesses.publish() == 1
    noon.shift(23 * HOUR)
    newest = head_of(acme)
    assert witnesses.publish() == 0
    noon.shift(HOUR)
    assert witnesses.publish() == 1
    assert HeadDelivery.objects.latest("id").head == newest
    noon.shift(48 * HOUR)
    assert witnesses.publish() == 0, "there is no newer head"


def test_a_mail_carries_the_head_as_text_and_as_a_file(acme: Cast, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.example"
    witness(acme, "mail", "notary@example.com")
    head = head_of(acme)
    assert witnesses.publish() == 1
    [sent] = mail.outbox
    assert sent.to == ["notary@example.com"]
    assert head.signature in sent.body
    [(name, content, kind)] = sent.attachments
    assert (name, kind) == ("acme-head-1.json", "application/json")
    assert json.loads(content) == heads.told(head)


def test_without_a_mail_server_it_says_so(acme: Cast, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    witness(acme, "mail", "notary@example.com")
    head_of(acme)
    assert witnesses.publish() == 0
    assert HeadDelivery.objects.get().problem == "No mail server is known: set EMAIL_HOST."


def test_a_webhook_is_told(acme: Cast, listener: tuple[type[Listener], str]) -> None:
    kind, address = listener
    witness(acme, "webhook", address)
    head = head_of(acme)
    assert witnesses.publish() == 1
    assert kind.heard == [heads.told(head)]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_kept_is_tried_again_later_and_later(
    acme: Cast, listener: tuple[type[Listener], str], noon: time_machine.Traveller, status: int
) -> None:
    kind, address = listener
    kind.status = status
    witness(acme, "webhook", address)
    head_of(acme)
    for attempt, wait in enumerate(witnesses.WAITS, start=1):
        assert witnesses.publish() == 0
        delivery = HeadDelivery.objects.get()
        assert (delivery.attempts, delivery.due_at) == (attempt, clock.now() + wait)
        assert f"answered {status}" in delivery.problem
        assert len(kind.heard) == attempt, "no redirect was followed"
        assert witnesses.publish() == 0
        noon.shift(wait)
    kind.status = 200
    assert witnesses.publish() == 1
    delivery.refresh_from_db()
    assert (delivery.delivered_at, delivery.problem) == (clock.now(), "")


def test_who_does_not_answer_is_not_waited_for(
    acme: Cast, listener: tuple[type[Listener], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, address = listener
    woken = threading.Event()
    monkeypatch.setattr(kind, "do_POST", lambda self: woken.wait(10))
    monkeypatch.setattr(witness_ways, "TIMEOUT_SECONDS", 0.1)
    witness(acme, "webhook", address)
    head_of(acme)
    assert witnesses.publish() == 0
    woken.set()
    assert HeadDelivery.objects.get().problem == "no answer within 0.1 seconds"


def test_nobody_there_is_a_problem_in_words(acme: Cast, settings: Any) -> None:
    settings.DEBUG = True
    witness(acme, "webhook", "http://127.0.0.1:9/")
    head_of(acme)
    assert witnesses.publish() == 0
    assert "ClientConnector" in HeadDelivery.objects.get().problem


def test_a_witness_that_fails_keeps_nobody_else_waiting(acme: Cast, rival: Cast, settings: Any) -> None:
    settings.DEBUG = True
    witness(acme, "webhook", "http://127.0.0.1:9/")
    witness(rival, "file", "theirs")
    head_of(acme)
    head_of(rival)
    assert witnesses.publish() == 1
    assert HeadDelivery.objects.get(delivered_at__isnull=False).head.brand == rival.brand


def test_a_stopped_witness_gets_nothing_more(acme: Cast) -> None:
    stopped = witness(acme, "file", "former")
    head_of(acme)
    witnesses.queue_due()
    stopped.stopped_at = clock.now()
    stopped.save()
    assert witnesses.publish() == 0


def test_two_workers_queue_a_head_once(acme: Cast) -> None:
    witness(acme, "file", "auditor")
    head = head_of(acme)
    witnesses.queue_due()
    HeadDelivery.objects.bulk_create(
        [
            HeadDelivery(
                head=head, witness=HeadWitness.objects.get(), created_at=clock.now(), due_at=clock.now()
            )
        ],
        ignore_conflicts=True,
    )
    assert HeadDelivery.objects.count() == 1
    assert witnesses.publish() == 1
    assert witnesses.publish() == 0


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_deliver_a_head_once(tmp_path: Path) -> None:
    acme = cast.acme()
    for number in range(5):
        witness(acme, "file", f"auditor-{number}")
    head_of(acme)

    def work(_: int) -> int:
        try:
            return witnesses.publish()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(work, range(4))) == 5
    for number in range(5):
        lines = (tmp_path / "heads" / f"auditor-{number}" / "acme-heads.jsonl").read_text().splitlines()
        assert len(lines) == 1


@pytest.mark.parametrize("folder", ["/etc", "../elsewhere", "a/../../b"])
def test_a_file_cannot_leave_its_folder(acme: Cast, folder: str) -> None:
    witness(acme, "file", folder)
    head_of(acme)
    assert witnesses.publish() == 0
    assert "must lie within" in HeadDelivery.objects.get().problem


def test_a_link_in_the_folder_is_not_followed(acme: Cast, tmp_path: Path) -> None:
    (tmp_path / "heads").mkdir()
    target = tmp_path / "target"
    target.touch()
    (tmp_path / "heads" / "acme-heads.jsonl").symlink_to(target)
    witness(acme, "file", ".")
    head_of(acme)
    assert witnesses.publish() == 0
    assert target.read_text() == ""


@pytest.mark.parametrize("address", [
    "http://example.com/heads",
    "ftp://example.com/heads",
    "https://127.0.0.1/heads",
    "https://10.0.0.7/heads",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/heads",
    "https://[::ffff:10.0.0.7]/heads",
    "https://[64:ff9b::a9fe:a9fe]/heads",
    "https://[2002:7f00:1::]/heads",
    "https://[fd00::1]/heads",
    "https://224.0.0.1/heads",
    "https://0.0.0.0/heads",
    "https://user:secret@example.com/heads",
    "https:///heads",
    "heads",
])  # fmt: skip
def test_a_webhook_must_be_public_and_secret(address: str) -> None:
    with pytest.raises(ValueError, match=r"URL|address inside a network"):
        witness_ways.check("webhook", address)


@pytest.mark.parametrize(
    "address", ["https://example.com/heads", "https://example.com:8443/", "https://9.9.9.9/x"]
)
def test_a_public_address_may_be_told(address: str) -> None:
    witness_ways.check("webhook", address)


def test_a_name_that_leads_inside_is_refused_when_it_is_looked_up(acme: Cast) -> None:
    witness(acme, "webhook", "https://localhost/heads")
    head_of(acme)
    assert witnesses.publish() == 0
    assert HeadDelivery.objects.get().problem.startswith("localhost leads to an address inside a network")
