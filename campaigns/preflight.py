"""What would become of a campaign if it were launched: the send's own code path, without the send."""

import dataclasses
import datetime as dt
import math
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

from campaigns import audience, fill, launch, personal
from campaigns.models import Campaign
from consent.asking import Verdict
from consent.reasons import Reason
from contacts import clock
from messaging import segments
from messaging.judging import judge
from messaging.models import Sender
from messaging.outbox import Draft

PAGE = 2_000
# People named per reason, and characters named in the encoding warning.
SAMPLES, CHARACTERS = 5, 20


@dataclasses.dataclass(slots=True, kw_only=True)
class Preflight:
    """The counts before a launch; each person is counted once, under the first reason of the verdict.

    `at`: the moment it is judged for, aware UTC. `obstacles`: why it could not be launched at all, in which
    case nobody was counted. `segments`: of all texts that are allowed or held; `by_segments`: people by the
    number of segments their text costs. `unicode_people` get a costlier text because of `unicode_characters`.
    `held_until`: the earliest moment a held text may leave (None: no hold has one). `finishes_at`: when the
    last text allowed now would leave at the sender's rate. `samples`: a few contact ids by reason.
    `skipped`: people for whom the text cannot be written, the first problems by name in `skipped_because`.
    """

    campaign_id: uuid.UUID
    at: dt.datetime
    obstacles: list[str]
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
    skipped: int = 0
    skipped_because: Counter[str] = dataclasses.field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: ids and moments as text, reasons beside their words."""
        return {
            "campaign": str(self.campaign_id),
            "at": self.at.isoformat(),
            "obstacles": self.obstacles,
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


def preflight(
    campaign: Campaign,
    *,
    now: dt.datetime | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Preflight:
    """Judge the campaign's text for everybody it is for, and count; nothing is written.

    1. Stop at what would keep it from being launched.
    2. Page by page: write the texts, ask the gate as the queueing does, count. Memory holds one page.
    3. Work out when the last text that may leave would have left.

    `now` (aware UTC) is the moment it is judged for; None: its own send time if that is ahead, else now.
    `on_progress` is told how many people have been looked at, after each page.
    """
    at = now or max(clock.now(), campaign.send_at or clock.now())
    found = Preflight(campaign_id=campaign.id, at=at, obstacles=launch.obstacles(campaign))
    sender = personal.sender_for(campaign.program)
    if found.obstacles or sender is None:
        return found
    found.sender = str(sender)
    text = fill.text_of(campaign, sender)
    due: Counter[str] = Counter()
    for points in audience.pages(campaign, size=PAGE):
        drafts, unwritten = personal.drafts(text, points, origin_id=campaign.id)
        for draft, verdict in zip(drafts, judge(drafts, now=at), strict=True):
            due[verdict.outcome] += _count(found, draft, verdict)
        found.people += len(points)
        found.skipped += len(unwritten)
        found.skipped_because.update(_known(found.skipped_because, [one.problem for one in unwritten]))
        if on_progress:
            on_progress(found.people)
    found.finishes_at = _finish(found.at, due["allow"], sender)
    return found


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


def _known(seen: Counter[str], problems: list[str]) -> list[str]:
    """The problems worth counting by name: the first few kinds, so that memory does not grow with people."""
    kinds = list(dict.fromkeys([*seen, *problems]))[:SAMPLES]
    return [problem for problem in problems if problem in kinds]


def _finish(at: dt.datetime, count: int, sender: Sender) -> dt.datetime | None:
    if not count:
        return None
    return at + dt.timedelta(seconds=math.ceil(count / max(sender.segments_per_second, 1)))
