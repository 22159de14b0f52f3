"""The closer look at chains that the quick pass could not prove: each event as it is recorded, and what is wrong."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from consent import chain, ledger
from consent.missing_evidence import may_be_missing
from consent.models import ConsentEvent, Disclosure, Evidence
from consent.verifying_findings import Finding, Kind

EVENTS = "consent_consentevent"
AT_ONCE = 500  # numbers of one query

Found = Callable[[Finding], None]


def look_closely(brand_id: uuid.UUID, point_ids: Sequence[uuid.UUID], found: Found) -> None:
    """Judge these numbers' chains exactly as they are recorded: what does not fit now was changed."""
    digests = dict(Disclosure.objects.values_list("id", "sha256")) if point_ids else {}
    for begin in range(0, len(point_ids), AT_ONCE):
        events = ConsentEvent.objects.filter(
            brand_id=brand_id, point_id__in=point_ids[begin : begin + AT_ONCE]
        )
        proofs = {each.event_id: each for each in Evidence.objects.filter(event__in=events)}
        for _, chained in groupby(events.order_by("point_id", "seq"), key=lambda each: each.point_id):
            _Chain(list(chained), digests, proofs, found).judge()


class _Chain:
    """The events of one number, in the order of `seq`."""

    def __init__(
        self,
        events: Sequence[ConsentEvent],
        digests: Mapping[uuid.UUID, str],
        proofs: Mapping[uuid.UUID, Evidence],
        found: Found,
    ) -> None:
        self.events = events
        self.digests = digests
        self.proofs = proofs
        self.found = found

    def judge(self) -> None:
        lawfully_gone = may_be_missing(self.events)
        seq, previous = 0, ""
        for event in self.events:
            content = chain.digest(ledger.content_of(event, digest_of=self.digests.get))
            if content != event.hash:
                said = f"its columns give the hash {content[:12]}…, the row has {event.hash[:12]}…"
                self._say(event, Kind.EVENT_CHANGED, said)
            seq += 1
            if event.previous_hash != previous or event.seq != seq:
                self._broken(event, seq, previous)
            self._judge_evidence(event, is_lawfully_gone=event.seq in lawfully_gone)
            seq, previous = event.seq, event.hash

    def _broken(self, event: ConsentEvent, seq: int, previous: str) -> None:
        if event.seq > seq:
            gone = f"event {seq} is" if event.seq == seq + 1 else f"events {seq} to {event.seq - 1} are"
            self._say(event, Kind.EVENT_GONE, f"{gone} missing before it")
        elif event.seq < seq:
            self._say(event, Kind.LINK_BROKEN, f"its number {event.seq} is there twice")
        else:
            said = f"it follows {_short(event.previous_hash)}, but before it stands {_short(previous)}"
            self._say(event, Kind.LINK_BROKEN, said)

    def _judge_evidence(self, event: ConsentEvent, *, is_lawfully_gone: bool) -> None:
        proof = self.proofs.get(event.id)
        if proof is None:
            if event.evidence_commitment and not is_lawfully_gone:
                self._say(event, Kind.EVIDENCE_GONE, "its evidence is not there")
        elif not event.evidence_commitment:
            self._say(event, Kind.EVIDENCE_ADDED, "has evidence, and none was recorded with it")
        elif _commitment(proof) != event.evidence_commitment:
            self._say(event, Kind.EVIDENCE_CHANGED, "the evidence does not give the event's commitment")

    def _say(self, event: ConsentEvent, kind: Kind, said: str) -> None:
        self.found(Finding(kind, EVENTS, str(event.id), said, event.point_id, event.seq))


def _commitment(proof: Evidence) -> str:
    try:
        return chain.commit_to(proof.data, proof.salt)
    except ValueError:  # a salt that is no hex
        return ""


def _short(digest: str) -> str:
    return f"{digest[:12]}…" if digest else "nothing"
