"""A customer's text: first what it means for consent, then where it belongs, then who hears of it."""

import dataclasses
import logging

from django.db import transaction

from campaigns import journeys, leaving
from consent import join_requests, joining, keywords, ledger, opting, suppressions
from consent.asking_place import Answer
from consent.joining import Reading
from consent.models import Method, Program
from consent.understanding import Understanding, understand
from contacts import reading
from contacts.models import ContactPoint
from contacts.phones import channel_address, country_of
from inbox import answer, places
from messaging import receive
from messaging.models import Message, Sender
from messaging.receive import Inbound
from webhooks import consent_replies, late, senders, store
from webhooks.models import WebhookEvent
from webhooks.store import first

log = logging.getLogger(__name__)

LONGEST_ADDRESS = 100
# How many of our own latest texts are compared with the reply, to know a quotation.
QUOTABLE = 5
_OURS = """
SELECT message.body FROM messaging_message message JOIN messaging_thread thread ON thread.id = message.thread_id
 WHERE thread.brand_id = %s AND thread.contact_id = %s
   AND message.brand_id = thread.brand_id AND message.direction = 'out'
 ORDER BY message.created_at DESC LIMIT %s
"""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The number that wrote, under its lock, and what its text is read with."""

    point: ContactPoint
    locked: ledger.Locked
    our_texts: list[str]
    join_words: list[str]
    is_asked_to_join: bool
    is_on_a_journey: bool


def handle(event: WebhookEvent) -> None:
    """Act on an inbound text, inside the transaction that stored it; `event.closed_points` says what it closed.

    1. Whose number was it sent to? Nobody's: the event stays, with its problem, and a STOP closes anyway.
    2. Lock the contact point: from here on nothing is claimed for it until we commit.
    3. Understand the text; put it into the thread; act on its meaning. What `late.only_restricts` says this of closes
       and holds; for anything else in it a person is put on the clock.
    """
    channel, address = channel_address(first(event.params, "From"))
    if not address or len(address) > LONGEST_ADDRESS:
        event.problem = "there is no usable From in it"
        return
    sender, point = senders.with_who_wrote(event.params, channel=channel, address=address)
    if sender is None:
        senders.close_for_unknown_recipient(event, channel=channel, address=address)
        return
    if event.said_at is not None and event.brand_id not in {None, sender.brand_id}:
        event.problem = "its number went to another brand while the list was read"
        return
    event.brand_id = sender.brand_id
    found = _locked_and_known(event, sender, point, channel=channel, address=address)
    if found is None:
        store.forget(event, problem="the person who said it was erased since")
        return
    known, point = found, found.point
    meaning = _meaning(event, known)
    if meaning.outcome != "closed" and late.only_restricts(event, point.id):
        _leave_to_a_person(meaning, event, sender, known)
        return
    is_plain = meaning.outcome == "ordinary" and meaning.kind is None
    answered = _answer_to_request(event, point) if is_plain and known.is_asked_to_join else None
    place = _answer_of_place(event, point) if is_plain and answered is None else None
    message = receive.receive(
        _inbound(event),
        sender=sender,
        point=point,
        wants_answer=(is_plain or meaning.outcome == "held") and answered is None and place is None,
    )
    if place is not None:
        places.take(place, message)
    elif meaning.outcome == "closed":
        _close(meaning, message, sender, known, is_confirmed=late.may_be_confirmed(event))
        event.closed_points = [point.id]
    else:
        _act(meaning, answered, message, sender, known)


def _leave_to_a_person(meaning: Understanding, event: WebhookEvent, sender: Sender, known: Known) -> None:
    """Put a text that may only restrict into its thread, on the clock; nothing is said, opened or taken from it."""
    message = receive.receive(_inbound(event), sender=sender, point=known.point, wants_answer=True)
    if meaning.outcome == "held":
        _hold(meaning, message, known)
    _hear(message, known)


def _locked_and_known(
    event: WebhookEvent, sender: Sender, point: ContactPoint | None, *, channel: str, address: str
) -> Known | None:
    """The point that wrote, under its lock; an erasure that was first has made a stranger of its person.

    None: who said it was erased since.
    """
    while True:
        if late.is_of_somebody_erased(event, sender.brand_id, channel=channel, address=address):
            return None
        point = point or receive.point_for(
            sender, channel=channel, address=address, country=country_of(address)
        )
        known = _look(sender, point)
        if known.point.address == address:
            return known
        point = None


def _look(sender: Sender, point: ContactPoint) -> Known:
    """Lock a point, and read what is known of it, in one round trip."""
    with reading.RoundTrip() as trip:
        locked = ledger.ask_for_lock(trip, [point.id])
        our_texts = trip.ask(reading.column(_OURS, [point.brand_id, point.contact_id, QUOTABLE]))
        join_words = trip.ask(consent_replies.join_words_of(sender))
        requests = trip.ask(join_requests.open_ids(point.id))
        enrollments = trip.ask(journeys.active_of(point.brand_id, point.contact_id))
    under_lock = locked()
    return Known(
        point=under_lock.points[point.id],
        locked=under_lock,
        our_texts=our_texts.answer,
        join_words=join_words.answer,
        is_asked_to_join=bool(requests.answer),
        is_on_a_journey=bool(enrollments.answer),
    )


def _inbound(event: WebhookEvent) -> Inbound:
    params = event.params
    channel, address = channel_address(first(params, "From"))
    count = first(params, "NumMedia")
    media = [
        {"url": first(params, f"MediaUrl{n}"), "content_type": first(params, f"MediaContentType{n}")}
        for n in range(min(int(count), 20) if count.isascii() and count.isdigit() else 0)
        if first(params, f"MediaUrl{n}")
    ]
    return Inbound(
        sid=event.provider_sid[:34],
        channel=channel,
        address=address,
        body=first(params, "Body"),
        media=media,
        received_at=event.received_at,
        said_at=event.happened_at,
    )


def _meaning(event: WebhookEvent, known: Known) -> Understanding:
    meaning = understand(
        first(event.params, "Body"), recent_outbound=known.our_texts, join_words=known.join_words
    )
    if first(event.params, "OptOutType") == "STOP" and meaning.outcome != "closed":
        # A keyword of the sender's own list at Twilio: it has blocked the number already.
        return dataclasses.replace(
            meaning, outcome="closed", kind="stop", why="Twilio took it for an opt-out"
        )
    if late.was_redacted(event):
        return dataclasses.replace(meaning, outcome="held", kind=None, why="its words are gone at Twilio")
    return meaning


def _answer_to_request(event: WebhookEvent, point: ContactPoint) -> Reading | None:
    return joining.read(point, first(event.params, "Body"), said_at=event.happened_at)


def _answer_of_place(event: WebhookEvent, point: ContactPoint) -> Answer | None:
    return places.read(point, first(event.params, "Body"), said_at=event.happened_at)


def _act(
    meaning: Understanding, answered: Reading | None, message: Message, sender: Sender, known: Known
) -> None:
    """Do what a text means that closes nothing."""
    if meaning.outcome == "held":
        _hold(meaning, message, known)
        _hear(message, known)
    elif meaning.kind == "start":
        evidence = _evidence(meaning, message)
        if opting.reopen(known.point.id, evidence=evidence, said_at=message.created_at):
            consent_replies.welcome_back(message, sender, meaning)
    elif meaning.kind == "help":
        consent_replies.help_(message, sender, meaning)
    elif meaning.kind == "join":
        _join(message, sender, known.point, _evidence(meaning, message))
    elif answered is not None:
        heard = joining.hear(answered, evidence=_evidence(meaning, message), said_at=message.created_at)
        consent_replies.send(message, sender, heard.text, program=heard.program)
    else:
        # It may answer a journey's question, or be one we surely know; else a person is waiting for a person.
        _hear(message, known)
        answer.answer(message)


def _evidence(meaning: Understanding, message: Message) -> dict[str, str]:
    return {
        "message": str(message.id),
        "sid": message.provider_sid,
        "text": message.body,
        "why": meaning.why,
    }


def _hold(meaning: Understanding, message: Message, known: Known) -> None:
    opting.hold(
        known.point.id, evidence=_evidence(meaning, message), said_at=message.created_at, locked=known.locked
    )


def _hear(message: Message, known: Known) -> None:
    if known.is_on_a_journey:
        journeys.hear(message)


def _close(
    meaning: Understanding, message: Message, sender: Sender, known: Known, *, is_confirmed: bool
) -> None:
    keyword = keywords.match(message.body)
    method = Method.KEYWORD if keyword and keyword.kind == "stop" else Method.PLAIN_WORDS
    was_open = leaving.leave(
        known.point,
        method=method,
        actor="customer",
        evidence=_evidence(meaning, message),
        said_at=message.created_at,
        locked=known.locked,
    )
    if was_open and is_confirmed:
        consent_replies.goodbye(message, sender, meaning)


def _join(message: Message, sender: Sender, point: ContactPoint, evidence: dict[str, str]) -> None:
    program = _program_of_word(sender, message.body)
    if program is None:
        return
    asked = joining.request(
        point,
        program,
        method=Method.KEYWORD,
        purposes=opting.purposes_of(program),
        disclosure=None,
        evidence=evidence,
        said_at=message.created_at,
    )
    consent_replies.send(message, sender, asked.text, program=program)


def _program_of_word(sender: Sender, body: str) -> Program | None:
    said = keywords.normalise(body)
    for program in consent_replies.programs_of(sender):
        if said in {keywords.normalise(word) for word in program.join_words}:
            return program
    return None


def close_if_told_now(pulled: WebhookEvent, told: WebhookEvent) -> bool:
    """The webhook of a text that was pulled before may tell what the list does not: that Twilio took it for an opt-out.

    Whether that closed its number now.
    """
    is_news = pulled.said_at is not None and not pulled.closed_points
    if not is_news or first(told.params, "OptOutType") != "STOP":
        return False
    # Its closing is proven by what is told now, and counts from now.
    pulled.params, pulled.received_at = told.params, told.received_at
    store.learn(pulled)
    close_first(pulled, why="closed when its webhook came: Twilio took it for an opt-out")
    return bool(pulled.closed_points)


def close_first(event: WebhookEvent, *, why: str = "closed first: its processing failed") -> None:
    """The processing of a STOP failed: close the number with as little as can fail; it is examined later."""
    meaning = understand(first(event.params, "Body"), recent_outbound=(), join_words=())
    if meaning.outcome != "closed" and first(event.params, "OptOutType") != "STOP":
        return
    channel, address = channel_address(first(event.params, "From"))
    sender, point = senders.with_who_wrote(event.params, channel=channel, address=address)
    if sender is None or not address:
        return
    if point is None and _may_be_erased(event, sender, channel=channel, address=address):
        return
    with transaction.atomic():
        point = point or receive.point_for(sender, channel=channel, address=address, country="")
        evidence = {"sid": event.provider_sid, "why": why}
        leaving.leave(
            point, method=Method.KEYWORD, actor="customer", evidence=evidence, said_at=event.happened_at
        )
    event.brand_id, event.closed_points = sender.brand_id, [point.id]


def _may_be_erased(event: WebhookEvent, sender: Sender, *, channel: str, address: str) -> bool:
    """Whether nobody must be made of this address. Without the key to tell, too: nothing is sent to nobody."""
    try:
        return late.is_of_somebody_erased(event, sender.brand_id, channel=channel, address=address)
    except suppressions.LostKey:
        return True
