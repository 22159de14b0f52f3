"""The main job, scripted: a file of customers, a campaign, people who answer, a journey, and people who leave."""

import dataclasses
import random
import time
from collections.abc import Callable
from typing import Any

import requests
from django.conf import settings
from django.contrib.auth.models import User

from campaigns.launch import launch
from campaigns.models import Campaign, CampaignStatus, Enrollment, EnrollmentStatus
from campaigns.preflight import preflight
from consent.models import Status as Standing
from consent.models import Subscription
from consent.reasons import Reason
from inbox.reply import send_reply
from messaging.models import Direction, Message, Origin, Status, Thread
from smsapp.demo import scenery
from smsapp.demo.phones import SENDER, Phones
from smsapp.demo.processes import WEBHOOK_PATH, Processes

NEWCOMER = "+12065550177"
LEAVERS, TALKERS = 20, 5
WORDS = ("STOP", "stop", "Stop.", "UNSUBSCRIBE", "please take me off your list", "no more texts please")


@dataclasses.dataclass
class Seen:
    """What the story keeps for its verdict. Moments are time.monotonic() on this machine, as the stand-in's are."""

    imported: dict[str, int] = dataclasses.field(default_factory=dict)
    stopped: dict[str, float] = dataclasses.field(default_factory=dict)
    returned: dict[str, float] = dataclasses.field(default_factory=dict)
    checks: list[tuple[str, bool]] = dataclasses.field(default_factory=list)

    def check(self, what: str, is_so: bool) -> None:
        self.checks.append((what, is_so))


class Story:
    """One run; `say` gets each line of it."""

    def __init__(self, processes: Processes, say: Callable[[str], None]) -> None:
        self.processes, self.say = processes, say
        self.phones, self.seen = Phones(), Seen()
        self.dice = random.Random(20261118)  # noqa: S311 - the same people every time

    def tell(self) -> Seen:
        """Play it from the import to the last delivery; raises TimeoutError when something never comes."""
        self._import()
        campaign = self._launch()
        self._until("the first hundred texts", lambda: self.phones.arrived() >= 100)  # noqa: PLR2004
        self._people_answer(campaign)
        self._people_leave(campaign)
        self._somebody_forges_a_stop(campaign)
        self._somebody_joins()
        self._until(
            "the campaign's end", lambda: self._status(campaign) == CampaignStatus.FINISHED or not self._due()
        )
        self._one_comes_back()
        self._until("the outbox to be empty", lambda: not self._due(), seconds=90)
        self.phones.settle()
        self._until("every callback to be applied", lambda: not self._open())
        return self.seen

    def _import(self) -> None:
        done = scenery.customers()
        self.seen.imported = {
            "imported": done.accepted,
            "cannot_text": done.cannot_text,
            "refused": done.refused,
        }
        self.say(
            f"{done.rows} customers in the file: {done.accepted} may be texted, {done.cannot_text} are kept without "
            f"permission, {done.refused} are refused, each with its reason."
        )
        again = scenery.customers()
        self.seen.check(
            "importing the same file again changes nothing",
            again.unchanged == done.accepted + done.cannot_text,
        )

    def _launch(self) -> Campaign:
        campaign = Campaign.objects.get(brand__slug=scenery.BRAND, slug=scenery.CAMPAIGN)
        before = preflight(campaign)
        self.say(f"Preflight of “{campaign.name}”:")
        for reason, count in sorted(before.by_reason.items(), key=lambda item: -item[1]):
            self.say(f"  {count:>5}  {Reason(reason).label}")
        launch(campaign.id)
        self.say("Launched: the texts leave at the sender's 50 segments a second.")
        return campaign

    def _people_answer(self, campaign: Campaign) -> None:
        texts = (
            "V60, and it tastes a bit sour",
            "French press!",
            "☕❤️",
            "¿Qué molienda para moka?",
            "Who is this?",
        )
        for number, body in zip(self._had(campaign, TALKERS), texts, strict=True):
            self.phones.text(number, body)
            thread = Thread.objects.get(contact__points__address=number)
            heard = thread.messages.filter(direction=Direction.IN).values_list("body", flat=True)
            self.seen.check("a reply stands in its thread", list(heard) == [body])
            if body.startswith("V60"):
                agent = User.objects.get(username="agent")
                answer = send_reply(thread, "Grind a little finer, and tell us how it goes!", agent)
                self._until("the agent's answer", lambda: self._has(number, answer.body), seconds=20)  # noqa: B023
                self.say(f"{number} writes “{body}”; an agent answers while the campaign drains.")
        number = self._had(campaign, TALKERS + 1)[-1]
        self.phones.text(number, "HELP")
        answers = [
            text
            for text in self.phones.shown(number)
            if text["direction"] != "in" and "HELP" not in text["body"].upper()[:4]
        ]
        self.seen.check("HELP is answered", len(answers) >= 2)  # noqa: PLR2004 - the campaign's text and the answer
        self.say(f"{TALKERS} people answer, one asks for HELP.")

    def _people_leave(self, campaign: Campaign) -> None:
        waiting = self._numbers(campaign, Status.QUEUED)
        leaving = self._had(campaign, LEAVERS)[TALKERS + 1 :] + self.dice.sample(
            waiting, min(LEAVERS, len(waiting))
        )
        slowest = 0.0
        for position, number in enumerate(leaving):
            # Twilio may tell us twice; one in three STOPs comes again.
            answer = self.phones.text(
                number, WORDS[position % len(WORDS)], deliveries=1 + (position % 3 == 0)
            )
            self.seen.stopped[number] = time.monotonic()
            slowest = max(slowest, float(answer["ms"]))
            self.seen.check("a STOP is answered 200", answer["status"] == requests.codes.ok)
        self.say(
            f"{len(leaving)} people leave while it drains, in their own words; the slowest STOP took {slowest:.0f} ms."
        )
        closed = Subscription.objects.filter(
            point__address__in=leaving, program=None, status__in=[Standing.CLOSED]
        ).count()
        self.seen.check("every STOP closed its number", closed == len(leaving))

    def _somebody_forges_a_stop(self, campaign: Campaign) -> None:
        number = self._had(campaign, LEAVERS + TALKERS + 2)[-1]
        forged = {"MessageSid": "SM" + "f" * 32, "AccountSid": settings.TWILIO_ACCOUNT_SID, "Body": "STOP"}
        answer = requests.post(
            f"{settings.PUBLIC_BASE_URL}{WEBHOOK_PATH}",
            data=forged | {"From": number, "To": SENDER},
            headers={"X-Twilio-Signature": "bm90IFR3aWxpbw=="},
            timeout=10,
        )
        is_open = not Subscription.objects.filter(
            point__address=number, program=None, status=Standing.CLOSED
        ).exists()
        self.seen.check(
            "a forged STOP is refused and closes nothing",
            answer.status_code == requests.codes.forbidden and is_open,
        )
        self.say("Somebody forges a STOP: 403, quarantined, nothing acted on.")

    def _somebody_joins(self) -> None:
        self.phones.text(NEWCOMER, scenery.JOIN_WORD)
        self._until("the first two stages of the journey", lambda: self._stages() >= 2)  # noqa: PLR2004
        self.phones.text(NEWCOMER, "A Kalita, every morning")
        enrollment = Enrollment.objects.get(contact__points__address=NEWCOMER)
        self.seen.check("a reply to a stage pauses the journey", enrollment.status == EnrollmentStatus.PAUSED)
        thread = Thread.objects.get(contact__points__address=NEWCOMER)
        send_reply(thread, "Lovely. 20 g to 320 ml, and pour slowly.", User.objects.get(username="agent"))
        enrollment.refresh_from_db()
        self.seen.check("and the answer lets it go on", enrollment.status == EnrollmentStatus.ACTIVE)
        self.say(
            f"{NEWCOMER} texts {scenery.JOIN_WORD}: welcome, two stages of the journey, her reply, an agent's answer."
        )

    def _one_comes_back(self) -> None:
        number = next(
            number for position, number in enumerate(self.seen.stopped) if position % len(WORDS) == 0
        )
        self.phones.text(number, "YES")
        still = Subscription.objects.get(point__address=number, program=None)
        self.seen.check("YES opens nothing", still.status == Standing.CLOSED)
        self.phones.text(number, "START")
        self.seen.returned[number] = time.monotonic()
        still.refresh_from_db()
        self.seen.check("START opens what STOP closed", still.status != Standing.CLOSED)
        self.say(f"{number} says YES (nothing happens), then START: open again.")

    def _until(self, what: str, is_so: Callable[[], bool], *, seconds: float = 60) -> None:
        self.processes.wait_for(is_so, what, seconds=seconds)

    def _status(self, campaign: Campaign) -> str:
        return Campaign.objects.values_list("status", flat=True).get(id=campaign.id)

    def _due(self) -> bool:
        return Message.objects.filter(status__in=[Status.QUEUED, Status.SENDING, Status.UNKNOWN]).exists()

    def _open(self) -> bool:
        return Message.objects.filter(status__in=[Status.HANDED_OFF, Status.SENT]).exists()

    def _stages(self) -> int:
        return Message.objects.filter(
            contact__points__address=NEWCOMER, origin=Origin.STAGE, handed_off_at__isnull=False
        ).count()

    def _numbers(self, campaign: Campaign, *statuses: str) -> list[str]:
        found = Message.objects.filter(origin=Origin.CAMPAIGN, origin_id=campaign.id, status__in=statuses)
        return list(found.order_by("created_at", "id").values_list("point__address", flat=True))

    def _had(self, campaign: Campaign, count: int) -> list[str]:
        """The first people who got the campaign's text."""
        return self._numbers(campaign, Status.HANDED_OFF, Status.SENT, Status.DELIVERED)[:count]

    def _has(self, number: str, body: str) -> bool:
        return any(text["body"] == body for text in self.phones.shown(number))


def summary(seen: Seen, arrived: list[dict[str, Any]]) -> dict[str, int]:
    """The figures of the last line, from the tables and from what reached the stand-in."""
    confirmations = Message.objects.filter(origin=Origin.CONSENT).values_list("id", flat=True)
    ours = {str(message_id) for message_id in confirmations}
    after_stop = sum(
        1
        for request in arrived
        if request["to"] in seen.stopped
        and request["monotonic"] > seen.stopped[request["to"]]
        and request["monotonic"] < seen.returned.get(request["to"], float("inf"))
        # The one confirmation is ours only where Twilio does not send it, and it is no further text.
        and request["status_callback"].rpartition("ref=")[2] not in ours
    )
    texts = [(request["to"], request["status_callback"]) for request in arrived if request["sid"]]
    words = [(request["to"], request["body"]) for request in arrived if request["sid"]]
    out = Message.objects.filter(direction=Direction.OUT)
    return {
        **seen.imported,
        "sent": out.filter(handed_off_at__isnull=False).count(),
        "delivered": out.filter(status__in=[Status.DELIVERED, Status.READ]).count(),
        "held": out.filter(status=Status.HELD).count(),
        "after_stop": after_stop,
        "duplicates": 2 * len(texts) - len(set(texts)) - len(set(words)),
        "unsettled": out.filter(
            status__in=[Status.SENDING, Status.UNKNOWN, Status.HANDED_OFF, Status.SENT]
        ).count(),
    }
