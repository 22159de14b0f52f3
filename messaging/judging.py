"""Asking the gate about texts: the preview, the queueing and the claim all ask here, and so cannot disagree."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Protocol

from consent import gate
from consent.asking import Ask, Verdict
from consent.models import Purpose
from messaging import facts


class Text(Protocol):
    """What the gate must know of a text, be it a draft or a message that is due."""

    @property
    def message_id(self) -> uuid.UUID: ...
    @property
    def brand_id(self) -> uuid.UUID: ...
    @property
    def contact_id(self) -> uuid.UUID: ...
    @property
    def point_id(self) -> uuid.UUID: ...
    @property
    def sender_id(self) -> uuid.UUID: ...
    @property
    def program_id(self) -> uuid.UUID | None: ...
    @property
    def purpose(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def likeness(self) -> int | None: ...


_SILENCE = facts.Talk()


def judge(texts: Sequence[Text], *, now: dt.datetime) -> list[Verdict]:
    """What the gate says of these texts now (aware UTC), in their order; a constant number of queries."""
    senders = {text.sender_id for text in texts}
    people = {(text.brand_id, text.contact_id) for text in texts if text.purpose != Purpose.CONSENT}
    numbers = {(text.brand_id, text.point_id) for text in texts if text.purpose == Purpose.MARKETING}
    known = facts.load(senders, people, numbers, now=now)
    asks = [
        Ask(
            message_id=text.message_id,
            brand_id=text.brand_id,
            point_id=text.point_id,
            program_id=text.program_id,
            purpose=text.purpose,
            value=text.value,
            sender_problem=known.problems.get(text.sender_id, "there is no such sender"),
            likeness=text.likeness,
            **known.talks.get(text.contact_id, _SILENCE)._asdict(),
            recent_marketing=known.recent_marketing.get(text.point_id, ()),
        )
        for text in texts
    ]
    return gate.judge(asks, now=now)
