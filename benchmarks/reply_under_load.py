"""How long an agent's reply takes to reach Twilio while a campaign drains, beside the same replies on a quiet system.

    python -m benchmarks.reply_under_load [--queued 100000] [--replies 200] [--workers 4] [--json]

Web, a worker and beat run as in production; the sender's rate is no limit, so the campaign drains as fast as the
machine can. An agent, signed in, opens one conversation after the other and answers it in the inbox. A reply takes
from the click (the form is posted) to the arrival of the text at the stand-in, both on the machine's own clock.
No reply begins after the last marketing text has left: `replies_under_load` says how many there were.
"""

import argparse
import json
import time
import urllib.request
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from benchmarks import measure, send
from benchmarks.audience import settle_down, tell_everybody
from benchmarks.stage import stage

if TYPE_CHECKING:
    from benchmarks.population import Population
    from messaging.models import Thread
    from smsapp.demo.processes import Processes

WORD = "kettle"
_PATIENCE_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.005


def main() -> None:
    """Answer people in a storm and in the calm, and print the report."""
    parser = measure.arguments("From an agent's click to Twilio while a campaign drains.")
    parser.add_argument("--queued", type=int, default=100_000, help="marketing texts that wait")
    parser.add_argument(
        "--replies", type=int, default=200, help="one after the other, under load and without"
    )
    parser.add_argument("--workers", type=int, default=4, help="processes of the worker")
    options = parser.parse_args()
    base = f"http://127.0.0.1:{send.free_port()}"
    with (
        send.stand_in(0) as twilio,
        stage(TWILIO_API_BASE_URL=twilio, PUBLIC_BASE_URL=base) as directory,
    ):
        busy, quiet, drained = _run(options, base, twilio, directory)
    measure.report(
        "reply_under_load",
        counts={
            "queued": options.queued,
            "replies": options.replies,
            "replies_under_load": len(busy),
            "worker_processes": options.workers,
        },
        figures={
            **measure.latencies("reply_under_load", busy),
            **measure.latencies("reply_in_the_calm", quiet),
            "marketing_per_s_meanwhile": drained,
        },
        limit=measure.Compared("the same with nothing draining", len(quiet) / sum(quiet)),
        per_s=len(busy) / sum(busy) if busy else None,
        json_only=options.json,
    )


def _run(
    options: argparse.Namespace, base: str, twilio: str, directory: Path
) -> tuple[list[float], list[float], float | None]:
    """Seconds of each reply under load and in the calm, and how many marketing texts left a second meanwhile.

    1. Half of the people who get an answer are answered under load, the others in the calm; all wrote before.
    2. The campaign is queued to the last text before any worker runs, so that its drain is all that happens.
    3. Once the replies under load are made, what waits is canceled: the calm begins.
    """
    from smsapp.demo import processes as product

    crowd, waiting = _people(options.queued, 2 * options.replies)
    campaign = tell_everybody(crowd)
    settle_down()
    with product.Processes(directory / "logs") as processes:
        processes.commands = _commands(processes, options.workers)
        for name in processes.commands:
            processes.start_one(name)
        processes.wait_for(lambda: product.answers(f"{base}/readyz/web"), "the web server")
        agent = Agent(base, twilio, crowd.brand.id)
        processes.wait_for(lambda: send.count(twilio) > 0, "the first text")
        began = time.monotonic()
        busy = agent.answer(waiting[: options.replies], while_draining=True)
        drained = send.count(twilio) / (time.monotonic() - began) if busy else None
        _calm(campaign, processes)
        quiet = agent.answer(waiting[options.replies :])
    return busy, quiet, drained


def _people(queued: int, waiting: int) -> tuple["Population", list["Thread"]]:
    """So many who get the campaign, and the threads of so many more who have written and wait for an answer."""
    from benchmarks import population
    from contacts import clock
    from contacts.models import ContactPoint
    from messaging.models import Thread
    from messaging.receive import Inbound, receive

    crowd = population.populate(queued + waiting)
    points = ContactPoint.objects.in_bulk([point_id for _, point_id, _ in crowd.people[:waiting]])
    for point in points.values():
        heard = Inbound(
            sid=f"SM{uuid.uuid4().hex}", channel="sms", address=point.address, media=[],
            body="Is my water too hot?", received_at=clock.now(),
        )  # fmt: skip
        receive(heard, sender=crowd.sender, point=point, wants_answer=True)
    return crowd, list(Thread.objects.filter(waiting_since__isnull=False).order_by("id"))


def _commands(processes: "Processes", workers: int) -> dict[str, list[str]]:
    """As docker-compose.yml has it: one worker of so many processes for all queues; the stand-in runs already."""
    worker = [*processes.commands["worker-1"], "--queues=replies,upkeep,bulk", f"--concurrency={workers}"]
    return {"web": processes.commands["web"], "worker-1": worker, "beat": processes.commands["beat"]}


def _calm(campaign_id: uuid.UUID, processes: "Processes") -> None:
    """Cancel what waits, and wait for what is in the air."""
    from campaigns import launch
    from campaigns.models import Campaign, CampaignStatus

    if Campaign.objects.get(id=campaign_id).status == CampaignStatus.SENDING:
        launch.cancel(campaign_id)
    processes.wait_for(lambda: not _is_draining(), "the calm")


def _is_draining() -> bool:
    from messaging.models import Lane, Message, Status

    return Message.objects.filter(lane=Lane.MARKETING, status__in=[Status.QUEUED, Status.SENDING]).exists()


class Agent:
    """One of the team, signed in with a browser's cookies."""

    def __init__(self, base: str, twilio: str, brand_id: uuid.UUID) -> None:
        from django.conf import settings
        from django.contrib.auth.models import User
        from django.test import Client

        from contacts.models import Role, TeamMember

        user = User.objects.create_user("agent", is_staff=True)
        TeamMember.objects.create(brand_id=brand_id, user=user, role=Role.AGENT)
        client = Client()
        client.force_login(user)
        self._base, self._twilio, self._browser = base, twilio, requests.Session()
        name = settings.SESSION_COOKIE_NAME
        self._browser.cookies.set(name, client.cookies[name].value)

    def answer(self, threads: Sequence["Thread"], *, while_draining: bool = False) -> list[float]:
        """Answer these people one after the other; seconds from each click to Twilio."""
        before = len(self._arrivals())
        took: list[float] = []
        for thread in threads:
            if while_draining and not _is_draining():
                break
            clicked = self._click(f"{self._base}/admin/inbox/thread/{thread.id}/")
            took.append(self._arrival(before + len(took)) - clicked)
        return took

    def _click(self, page: str) -> float:
        """Open a conversation and send the answer; when the form was posted, on the machine's monotonic clock."""
        self._browser.get(page, timeout=_PATIENCE_SECONDS).raise_for_status()
        form = {
            "body": f"Let the {WORD} rest for a minute.",
            "once": str(uuid.uuid4()),
            "csrfmiddlewaretoken": self._browser.cookies["csrftoken"],
        }
        clicked = time.monotonic()
        answer = self._browser.post(
            f"{page}reply/", data=form, timeout=_PATIENCE_SECONDS, allow_redirects=False
        )
        assert answer.status_code == requests.codes.found, f"the reply was answered {answer.status_code}"
        return clicked

    def _arrival(self, number: int) -> float:
        ends_at = time.monotonic() + _PATIENCE_SECONDS
        while len(found := self._arrivals()) <= number:
            assert time.monotonic() < ends_at, "a reply did not arrive"
            time.sleep(_LOOK_AGAIN_SECONDS)
        return found[number]

    def _arrivals(self) -> list[float]:
        request = urllib.request.Request(f"{self._twilio}/arrivals?word={WORD}", method="POST", data=b"")
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as answer:
            found: list[float] = json.loads(answer.read())
            return found


if __name__ == "__main__":
    main()
