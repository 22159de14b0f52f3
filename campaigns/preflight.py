"""What would become of a campaign if it were launched: the send's own code path, without the send."""

import dataclasses
import datetime as dt
import math
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from campaigns import audience, content, fill, launch, personal
from campaigns.models import Campaign
from consent.asking import Verdict
from consent.reasons import Reason
from contacts import clock
from contacts.models import ContactPoint
from messaging import outbox, segments, spend
from messaging.models import Capped, Sender
from messaging.outbox import Draft

PAGE = 2_000
# People named per reason, and characters named in the encoding warning.
SAMPLES, CHARACTERS = 5, 20


@dataclasses.dataclass(slots=True, kw_only=True)
class Preflight:
    """The counts before a launch; each person is counted once, under the first reason of the verdict.

    `at`: the moment it is judged for, aware UTC. `obstacles`: why it could not be launched at all, in which
    case nobody was counted. `warnings`: what it could be launched with, but better not. `segments`: of all
    texts that are allowed or held; `by_segments`: people by the number of segments their text costs.
    `unicode_people` get a costlier text because of `unicode_characters`. `held_until`: the earliest moment a
    held text may leave (None: no hold has one). `finishes_at`: when the last text allowed now would leave at
    the sender's rate. `samples`: a few contact ids by reason. `skipped`: people for whom the text cannot be
    written, the first problems by name in `skipped_because`. `cap_warnings`: the spend caps it would go beyond.
    """

    campaign_id: uuid.UUID
    at: dt.datetime
    obstacles: list[str]
    warnings: list[str] = dataclasses.field(default_factory=list)
    sender: str = ""
    people: int = 0
    outcomes: Counter[str] = dataclasses.field(default_factory=Counter)
    by_reason: Counter[str] = dataclasses.field(default_factory=Counter)
    segments: int = 0
    by_segments: Counter[int] = dataclasses.field(default_factory=Counter)
    unicode_people: int = 0
    unicode_characters: list[str] = dataclasses.field(default_factory=list)
    held_until: dt.datetime | None = None
    finishes_at: dt.datetime | None = None
    samples: dict[str, list[uuid.UUID]] = dataclasses.field(default_factory=dict)
    cap_warnings: list[str] = dataclasses.field(default_factory=list)
    skipped: int = 0
    skipped_because: Counter[str] = dataclasses.field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: ids and moments as text, reasons beside their words."""
        return {
            "campaign": str(self.campaign_id),
            "at": self.at.isoformat(),
            "obstacles": self.obstacles,
            "warnings": [*self.warnings, *self.cap_warnings],
            "sender": self.sender,
            "people": self.people,
            "outcomes": {name: self.outcomes[name] for name in ("allow", "hold", "refuse")},
            "reasons": [
                {"reason": name, "words": Reason(name).label, "people": count,
                 "sample": [str(contact) for contact in self.samples[name]]}
                for name, count in self.by_reason.most_common()
            ],
            "segments": self.segments,
            "by_segments": {str(number): self.by_segments[number] for number in sorted(self.by_segments)},
            "unicode_people": self.unicode_people,
            "unicode_characters": self.unicode_characters,
            "held_until": self.held_until.isoformat() if self.held_until else None,
            "finishes_at": self.finishes_at.isoformat() if self.finishes_at else None,
            "skipped": self.skipped,
            "skipped_because": dict(self.skipped_because),
        }  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One page of the audience: its numbers, the texts with the gate's verdicts, and for whom none can be written."""

    points: Sequence[ContactPoint]
    texts: Sequence[tuple[Draft, Verdict]]
    unwritten: Sequence[personal.Unwritten]


def preflight(
    campaign: Campaign,
    *,
    now: dt.datetime | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Preflight:
    """Judge the campaign's text for everybody it is for, and count; nothing is written.

    `now` (aware UTC) is the moment it is judged for; None: its own send time if that is ahead, else now.
    `on_progress` is told how many people have been looked at, after each page.
    """
    for found in steps(campaign, now=now):
        if on_progress and found.people:
            on_progress(found.people)
    return found


def steps(campaign: Campaign, *, now: dt.datetime | None = None) -> Iterator[Preflight]:
    """Yield the counts as they grow: once before the first page, and after each page.

    1. Stop at what would keep it from being launched.
    2. Page by page: write the texts, ask the gate as the queueing does, count. Memory holds one page.
    3. Work out when the last text that may leave would have left.
    """
    at = now or moment_of(campaign)
    found = Preflight(campaign_id=campaign.id, at=at, obstacles=launch.obstacles(campaign))
    found.warnings = content.warnings(content.problems_of(campaign))
    yield found
    sender = personal.sender_for(campaign.program)
    if found.obstacles or sender is None:
        return
    found.sender = str(sender)
    due = 0
    for page in judged(campaign, sender, at=at):
        for draft, verdict in page.texts:
            cost = _count(found, draft, verdict)
            due += cost if verdict.outcome == "allow" else 0
        found.people += len(page.points)
        found.skipped += len(page.unwritten)
        problems = [one.problem for one in page.unwritten]
        found.skipped_because.update(_known(found.skipped_because, problems))
        found.finishes_at = _finish(found.at, due, sender)
        found.cap_warnings = _beyond_caps(campaign, sender, found.segments)
        yield found


def moment_of(campaign: Campaign) -> dt.datetime:
    """The moment a campaign is judged for (aware UTC): its own send time if that is ahead, else now."""
    return max(clock.now(), campaign.send_at or clock.now())


def judged(
    campaign: Campaign, sender: Sender, *, at: dt.datetime, after: uuid.UUID | None = None
) -> Iterator[Judged]:
    """Yield the audience beyond the number `after`, page by page, with what the queueing would say at `at`."""
    text = fill.text_of(campaign, sender)
    while points := audience.page(campaign, after=after, size=PAGE):
        drafts, unwritten = personal.drafts(text, points, origin_id=campaign.id)
        verdicts = outbox.verdicts(drafts, now=at)
        yield Judged(points=points, texts=list(zip(drafts, verdicts, strict=True)), unwritten=unwritten)
        after = points[-1].id


def _count(found: Preflight, draft: Draft, verdict: Verdict) -> int:
    """Count one verdict; returns the segments of the text."""
    reason = verdict.reasons[0]
    found.outcomes[verdict.outcome] += 1
    found.by_reason[reason] += 1
    sample = found.samples.setdefault(reason, [])
    if len(sample) < SAMPLES:
        sample.append(draft.contact_id)
    if verdict.outcome == "refuse":
        return 0
    if verdict.until is not None:
        found.held_until = min(found.held_until or verdict.until, verdict.until)
    cost = segments.count(draft.body)
    found.segments += cost.segments
    found.by_segments[cost.segments] += 1
    if cost.offending:
        found.unicode_people += 1
        new = [one for one in cost.offending if one not in found.unicode_characters]
        found.unicode_characters += new[: CHARACTERS - len(found.unicode_characters)]
    return cost.segments


def _beyond_caps(campaign: Campaign, sender: Sender, cost: int) -> list[str]:
    """The spend caps that the texts allowed or held would go beyond together; what does waits."""
    caps = [
        (spend.cap_of(Capped.CAMPAIGN, campaign.id), "The campaign's cap", "until it is raised"),
        (
            spend.cap_of(Capped.PROGRAM_DAY, campaign.program_id),
            "The program's cap of the day",
            "for another day",
        ),
        (spend.cap_of(Capped.SENDER_DAY, sender.id), "The sender's cap of the day", "for another day"),
    ]
    return [
        f"{name} leaves {max(cap.most - cap.spent, 0):,} of {cost:,} segments: the rest would wait {how_long}."
        for cap, name, how_long in caps
        if cap is not None and cap.spent + cost > cap.most
    ]


def _known(seen: Counter[str], problems: list[str]) -> list[str]:
    """The problems worth counting by name: the first few kinds, so that memory does not grow with people."""
    kinds = list(dict.fromkeys([*seen, *problems]))[:SAMPLES]
    return [problem for problem in problems if problem in kinds]


def _finish(at: dt.datetime, count: int, sender: Sender) -> dt.datetime | None:
    if not count:
        return None
    return at + dt.timedelta(seconds=math.ceil(count / max(sender.segments_per_second, 1)))
