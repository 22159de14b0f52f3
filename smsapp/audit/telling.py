"""The timeline's rows in words: what happened, by whom, why, and what proves it."""

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from django.db.models import Model
from django.utils.safestring import SafeString

from campaigns.models import Enrollment, StageVisit
from consent import admin_history, preferences
from consent.models import Access, ConsentEvent, JoinRequest, Reopening
from contacts.admin_words import BAD, GOOD, INFO, PLAIN, WAIT, moment, pill
from inbox.thread_lines import origins_of
from messaging import admin_words
from messaging.admin.messages import change_in_words, verdict_pill
from messaging.models import Decision, Direction, Message
from smsapp.audit.looks import PAGES, name_of
from smsapp.audit.proofs import Checked, Proof
from smsapp.audit.timeline import Entry, Whose

# Recorded so long after it happened, a person should see that it was.
LATE = dt.timedelta(minutes=2)


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """One decision about a text, in words."""

    at: SafeString | str
    verdict: str
    asked: str
    why: str
    again_at: SafeString | str
    rule_pack: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that happened, as it is shown; `at` is aware UTC."""

    id: str
    icon: str
    at: dt.datetime
    pill: SafeString
    sentence: str
    day: str = ""
    clock: SafeString | str = ""
    by: str = ""
    quote: str = ""
    is_theirs: bool = False
    late: SafeString | str = ""
    proof: Proof | None = None
    judged: tuple[Judged, ...] = ()
    steps: tuple[tuple[SafeString | str, str, str], ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    wording: str = ""
    wording_name: str = ""
    receipt: str = ""


_Row = TypeVar("_Row", bound=Model)
_Teller = Callable[[list[str], Whose, Checked], list[Item]]


def told(entries: Sequence[Entry], whose: Whose, checked: Checked) -> list[Item]:
    """The entries in words, in their order; the queries do not grow with them."""
    ids: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        ids[entry.source].append(entry.id)
    items: dict[tuple[str, str], Item] = {}
    for source, chosen in ids.items():
        for item in _TELLERS[source](chosen, whose, checked):
            items[source, item.id] = _placed(item, whose.zone)
    return [items[entry.source, entry.id] for entry in entries if (entry.source, entry.id) in items]


def _placed(item: Item, zone: dt.tzinfo) -> Item:
    local = item.at.astimezone(zone)
    return dataclasses.replace(item, day=f"{local:%A, %-d %B %Y}", clock=moment(item.at, zone=zone))


def _consent(ids: list[str], whose: Whose, checked: Checked) -> list[Item]:
    rows = ConsentEvent.objects.filter(id__in=ids)
    events = list(rows.select_related("program", "disclosure", "evidence", "point"))
    names = admin_history.names_of(event.actor for event in events)
    return [_of_event(event, names, whose, checked) for event in events]


def _of_event(event: ConsentEvent, names: dict[str, str], whose: Whose, checked: Checked) -> Item:
    said = admin_history.tell(event, names)
    quote = next((value for name, value in said.evidence if name == "Their words"), "")
    is_late = event.recorded_at - event.occurred_at > LATE
    details = [*((name, value) for name, value in said.evidence if name != "Their words")]
    if len(whose.points) > 1:
        details.append(("Number", event.point.address))
    if event.evidence_commitment and not said.evidence:
        details.append(("Evidence", "was erased; its commitment stays in the chain"))
    details.append(("Chain", f"event {event.seq} of this number, {event.hash}"))
    return Item(
        id=str(event.id),
        icon="verified_user",
        at=event.occurred_at,
        pill=said.pill,
        sentence=said.sentence,
        by=said.actor,
        quote=quote,
        is_theirs=bool(quote),
        late=moment(event.recorded_at, zone=whose.zone) if is_late else "",
        proof=checked.proofs.get(event.id),
        details=tuple(details),
        wording=said.wording,
        wording_name=str(event.disclosure) if event.disclosure else "",
        receipt=str(event.id),
    )


def _texts(ids: list[str], whose: Whose, _: Checked) -> list[Item]:
    rows = Message.objects.filter(id__in=ids).select_related("program", "sender")
    messages = list(rows.prefetch_related("decisions", "events"))
    origins = origins_of(messages)
    return [_of_text(message, origins, whose) for message in messages]


def _of_text(message: Message, origins: Mapping[uuid.UUID, str], whose: Whose) -> Item:
    is_theirs = message.direction == Direction.IN
    where = f" in {message.program}" if message.program else ""
    what = "They texted." if is_theirs else f"A {message.get_purpose_display().lower()} text{where}."
    why = admin_words.reason(message)
    return Item(
        id=str(message.id),
        icon="call_received" if is_theirs else "call_made",
        at=message.created_at,
        pill=pill(message.status, message.get_status_display()),
        sentence=f"{what} {why}." if why else what,
        by="the person" if is_theirs else origins.get(message.id, ""),
        quote=preferences.without_keys(message.body)
        or ("(words erased)" if message.redacted_at else "(no text)"),
        is_theirs=is_theirs,
        judged=tuple(_judged(decision, whose.zone) for decision in message.decisions.all()),
        steps=tuple(
            (moment(event.at, zone=whose.zone), change_in_words(event), event.cause.replace("_", " "))
            for event in message.events.all()
        ),
        details=(("Sender", str(message.sender)), ("Twilio's id", message.provider_sid or "none")),
    )


def _judged(decision: Decision, zone: dt.tzinfo) -> Judged:
    return Judged(
        at=moment(decision.at, zone=zone),
        verdict=verdict_pill(decision.outcome),
        asked=str(decision.get_stage_display()),
        why="; ".join(admin_words.reasons(decision.reasons)),
        again_at=moment(decision.until, zone=zone, otherwise=""),
        rule_pack=decision.rule_pack,
    )


def _each(model: type[_Row], tell: Callable[[_Row, Whose], Item], *related: str) -> _Teller:
    """Tells one row after the other, read with what is `related` to them."""

    def told_by_row(ids: list[str], whose: Whose, _: Checked) -> list[Item]:
        rows = model._default_manager.filter(id__in=ids).select_related(*related)  # noqa: SLF001 - Django's name
        return [tell(row, whose) for row in rows]

    return told_by_row


def _of_request(row: JoinRequest, whose: Whose) -> Item:
    ends = ("Lapses", row.expires_at) if row.ended_at is None else ("Ended", row.ended_at)
    return Item(
        id=str(row.id),
        icon="how_to_reg",
        at=row.asked_at,
        pill=pill("", row.get_outcome_display() or "Waiting", tone=_tone_of_request(row)),
        sentence=f"Asked to join {row.program}; we asked for {row.get_awaits_display().lower()}.",
        by="the person",
        details=((ends[0], moment(ends[1], zone=whose.zone)),),
    )


def _tone_of_request(row: JoinRequest) -> str:
    if row.ended_at is None:
        return WAIT
    return GOOD if row.outcome == JoinRequest.Outcome.CONFIRMED else PLAIN


def _of_reopening(row: Reopening, whose: Whose) -> Item:
    where = f"in {row.program}" if row.program else "of the number"
    state, tone = {None: ("Waiting", WAIT), True: ("Approved", GOOD), False: ("Refused", BAD)}[
        row.is_approved
    ]
    decided = [("Decided", f"{name_of(row.decided_by)}: {row.answer}")] if row.decided_by else []
    return Item(
        id=str(row.id),
        icon="lock_open",
        at=row.asked_at,
        pill=pill("", state, tone=tone),
        sentence=f"The team asked to undo the closing {where}; a second person decides.",
        by=name_of(row.asked_by),
        details=(
            ("They asked for texts again", moment(row.agreed_at, zone=whose.zone)),
            *(
                (name.replace("_", " ").capitalize(), str(said))
                for name, said in row.evidence.items()
                if said
            ),
            *decided,
        ),
    )


def _of_journey(row: Enrollment, whose: Whose) -> Item:
    return Item(
        id=str(row.id),
        icon="route",
        at=row.enrolled_at,
        pill=pill(row.status, row.get_status_display()),
        sentence=f"Set out on the journey “{row.journey.name}”; came to stage {row.position}.",
        by="the platform",
        details=(("Ended", moment(row.ended_at, zone=whose.zone)),) if row.ended_at else (),
    )


def _of_stage(row: StageVisit, _: Whose) -> Item:
    stage = row.stage
    return Item(
        id=str(row.id),
        icon="route",
        at=row.entered_at,
        pill=pill("", "No text", tone=PLAIN),
        sentence=f"Stage {stage.position} of “{stage.journey.name}” wrote no text. {row.problem}".strip(),
        by="the platform",
    )


def _of_look(row: Access, _: Whose) -> Item:
    did = PAGES.get(row.page, f"opened {row.page}")
    return Item(
        id=str(row.id),
        icon="visibility",
        at=row.at,
        pill=pill("", "Look", tone=INFO),
        sentence=f"{name_of(row.user)} {did}.{f' {row.detail}.' if row.detail else ''}",
    )


_TELLERS: dict[str, _Teller] = {
    "consent": _consent,
    "hold": _consent,
    "request": _each(JoinRequest, _of_request, "program"),
    "reopening": _each(Reopening, _of_reopening, "program", "asked_by", "decided_by"),
    "text": _texts,
    "kept_back": _texts,
    "journey": _each(Enrollment, _of_journey, "journey"),
    "stage": _each(StageVisit, _of_stage, "stage__journey"),
    "look": _each(Access, _of_look, "user"),
}
