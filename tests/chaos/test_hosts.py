"""The product on several hosts: one is cut off, or its line falters, while a campaign drains and people leave."""

import contextlib
import datetime as dt
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from campaigns.launch import cancel, launch
from contacts import clock
from messaging.models import Direction, Message, Status
from messaging.states import FINAL
from smsapp.demo.processes import Processes, answers
from tests import cast, stack
from tests.chaos.hosts import POSTGRES, REDIS, SERVICES, TWILIO, WORKERS, Hosts, Loopback, Namespaces
from tests.concurrency.test_stop_race import campaign_of
from tests.people import many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]

# Real networks wherever they can be had, and everywhere the same by means of addresses alone.
WAYS: list[type[Hosts]] = [Loopback, *([Namespaces] if Namespaces.can_be_had() else [])]
# More than leave in the time; what is left in the end is cancelled.
PEOPLE, RATE = 1500, 25
CUTS = ((TWILIO,), (POSTGRES,), (REDIS,), SERVICES)
# Texts that one host sends before the other is cut off, while it is, and after it came back.
SOME = 15
# So many times as long falters a line.
FALTERS_FOR = 4
# Of the people whose texts are under way at a cut, so many leave before it is mended.
LEAVE_IN_A_CUT = 5
LATENCY_SECONDS = 0.15
# Short, so that what a cut leaves is taken up within the test; in the same relation as in production.
SOON = {
    "LEASE_SECONDS": "4",
    "POST_WITHIN_SECONDS": "1",
    "TWILIO_TIMEOUT_SECONDS": "2",
    "TWILIO_CONNECT_SECONDS": "0.5",
    "LOOK_UP_AFTER_SECONDS": "1",
    "DRAINS_PER_SENDER": "8",
}
CELERY = (sys.executable, "-m", "celery", "-A", "smsapp")
WORKER = (*CELERY, "worker", "--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle")


def commands(host: str, hosts: Hosts, directory: Path) -> dict[str, list[str]]:
    """What runs on a host."""
    address, _, port = (hosts.web if host == "a" else hosts.seen_from("d", TWILIO)).partition(":")
    schedule = f"--schedule={directory / 'celerybeat-schedule'}"
    return {
        "a": {
            "web": [
                str(Path(sys.executable).parent / "granian"), "--interface=wsgi", f"--host={address}", f"--port={port}",
                "--workers=1", "--blocking-threads=12", "--no-ws", "smsapp.wsgi:application",
            ],
            "beat": [*CELERY, "beat", "--loglevel=WARNING", schedule],
        },
        "b": {"worker-b": [*WORKER, "--hostname=worker@b", "--queues=replies,upkeep,bulk"]},
        "c": {"worker-c": [*WORKER, "--hostname=worker@c", "--queues=replies,upkeep,bulk", "--beat", schedule]},
        "d": {
            "simulator": [
                sys.executable, "-m", "simulator", f"--host={address}", f"--port={port}",
                f"--account-sid={settings.TWILIO_ACCOUNT_SID}", f"--auth-token={settings.TWILIO_AUTH_TOKENS[0]}",
                f"--inbound-url=http://{hosts.web}/webhooks/twilio/inbound/",
            ],
        },
    }[host]  # fmt: skip


@contextlib.contextmanager
def product(hosts: Hosts, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Processes]]:
    """The product's processes, each on its host with a VAR_DIR of its own, answering."""
    control, web = hosts.door("d", hosts.seen_from("d", TWILIO)), hosts.door("a", hosts.web)
    told = stack.environment_of(monkeypatch, f"http://{hosts.web}", f"http://{control}")
    on: dict[str, Processes] = {}
    with contextlib.ExitStack() as running:
        for host in "dabc":
            environment = told | SOON | {
                "SUPPRESSION_KEY": settings.SUPPRESSION_KEYS[0],
                "LEDGER_SIGNING_KEY": settings.LEDGER_SIGNING_KEYS[0],
                "VAR_DIR": str(directory / host),
                "ALLOWED_HOSTS": f"{hosts.address('a')},127.0.0.1",
                "TWILIO_API_BASE_URL": f"http://{hosts.seen_from(host, TWILIO)}",
                "DATABASE_URL": at(told["DATABASE_URL"], hosts.seen_from(host, POSTGRES)),
                "REDIS_URL": at(told["REDIS_URL"], hosts.seen_from(host, REDIS)),
            }  # fmt: skip
            on[host] = running.enter_context(Processes(directory / host, environment=environment))
            on[host].commands = {
                name: hosts.on(host, command)
                for name, command in commands(host, hosts, directory / host).items()
            }
            for name in on[host].commands:
                on[host].start_one(name)
        on["d"].wait_for(lambda: answers(f"http://{control}/healthz"), "the stand-in for Twilio")
        on["a"].wait_for(lambda: answers(f"http://{web}/readyz/web"), "the web server")
        yield on
        for processes in on.values():
            processes.kill_all()


def at(url: str, address: str) -> str:
    """The URL with another host and port in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@{address}").geturl()


class Story:
    """A campaign under way on the hosts, as the test sees and troubles it."""

    def __init__(self, hosts: Hosts, on: dict[str, Processes], pool: ThreadPoolExecutor) -> None:
        self.hosts, self.on, self.pool = hosts, on, pool
        self.twilio = stack.customers()
        self.twilio.settings(latency=LATENCY_SECONDS)
        self.requests: list[dict[str, Any]] = []
        self.answered: dict[str, float] = {}

    def read(self) -> None:
        """Note what has reached the stand-in since."""
        self.requests += self.twilio.requests(after=len(self.requests))

    def sent_by(self, host: str) -> int:
        """How many requests of a host have reached the stand-in."""
        self.read()
        return sum(request["peer"] == self.hosts.address(host) for request in self.requests)

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        def is_so_and_all_live() -> bool:
            for processes in self.on.values():
                processes.check()
            return is_so()

        self.on["a"].wait_for(is_so_and_all_live, what)

    def until_sent_by(self, host: str, *, more: int = SOME) -> None:
        enough = self.sent_by(host) + more
        self.until(lambda: self.sent_by(host) >= enough, f"{more} more texts from host {host}")

    def some_leave(self) -> None:
        """First people whose texts were under way a while ago and of whom nothing was heard since; all are answered."""
        a_while_ago = clock.now() - 3 * dt.timedelta(seconds=LATENCY_SECONDS)
        texts = Message.objects.exclude(point__address__in=self.answered)
        under_way = texts.filter(status__in=[Status.SENDING, Status.UNKNOWN], settled_at__lt=a_while_ago)
        leaving = [
            *under_way.values_list("point__address", flat=True)[:LEAVE_IN_A_CUT],
            *texts.filter(status=Status.QUEUED).values_list("point__address", flat=True)[:LEAVE_IN_A_CUT],
        ]
        list(self.pool.map(self._leave, leaving[:LEAVE_IN_A_CUT]))

    def _leave(self, address: str) -> None:
        answer = stack.customers().text(address, "STOP")
        self.answered[address] = time.monotonic()
        assert answer["status"] == 200, answer


def cut_after_cut(story: Story) -> None:
    """One host is cut off from one part after the other, and finds back by itself; the other one goes on."""
    for services in CUTS:
        story.hosts.cut("b", *services)
        story.until_sent_by("c")
        story.some_leave()
        story.hosts.mend("b", *services)
        story.until_sent_by("b")
    assert len(story.answered) == LEAVE_IN_A_CUT * len(CUTS)


def a_line_that_falters(story: Story) -> None:
    """Both go on, and people leave whose texts are on the bad line."""
    with story.hosts.falters("b"):
        for _ in range(FALTERS_FOR):
            story.until_sent_by("c")
            story.some_leave()
    story.until_sent_by("b")
    assert len(story.answered) == LEAVE_IN_A_CUT * FALTERS_FOR


@pytest.mark.parametrize("trouble", [cut_after_cut, a_line_that_falters])
@pytest.mark.parametrize("way", WAYS)
def test_a_host_in_trouble_with_its_network_harms_nobody(
    way: type[Hosts], trouble: Callable[[Story], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, redis = urlsplit(stack.database_url()), urlsplit(settings.REDIS_URL)
    servers = {POSTGRES: f"{database.hostname}:{database.port}", REDIS: f"{redis.hostname}:{redis.port}"}
    with (
        way(tmp_path, servers) as hosts,
        product(hosts, tmp_path, monkeypatch) as on,
        ThreadPoolExecutor(LEAVE_IN_A_CUT) as pool,
    ):
        acme = cast.acme()
        acme.sender.segments_per_second = RATE
        acme.sender.save()
        many(acme, PEOPLE)
        story = Story(hosts, on, pool)
        campaign = campaign_of(acme)
        launch(campaign.id)
        for host in WORKERS:
            story.until_sent_by(host)
        trouble(story)
        cancel(campaign.id)
        story.until(lambda: not Message.objects.exclude(status__in=FINAL).exists(), "every text to settle")
        story.read()
        delivered = Message.objects.filter(
            status=Status.DELIVERED, direction=Direction.OUT, purpose="marketing"
        )
        told = set(delivered.values_list("point__address", flat=True))
    late = [one for one in story.requests if one["monotonic"] > story.answered.get(one["to"], float("inf"))]
    assert late == []
    reached = Counter(one["to"] for one in story.requests if one["sid"])
    assert max(reached.values()) == 1
    assert told == reached.keys()
