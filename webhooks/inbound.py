"""A customer's text: first what it means for consent, then where it belongs, then who hears of it."""

import dataclasses
import logging

from django.db import transaction

from campaigns import journeys
from consent import keywords, ledger, opting
from consent.models import Method, Program
from consent.reasons import Reason
from consent.understanding import Understanding, understand
from contacts.models import ContactPoint
from contacts.phones import channel_address, country_of
from inbox import answer
from messaging import outbox, receive
from messaging.models import Direction, Message, OptOutReplies, Origin, Sender, Value
from messaging.receive import Inbound
from webhooks import senders
from webhooks.models import WebhookEvent
from webhooks.store import first

log = logging.getLogger(__name__)

# What Twilio itself takes for a keyword, whole and in any letter case; to these, and only these, it answers.
TWILIO_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
TWILIO_START = frozenset({"START", "YES", "UNSTOP"})
TWILIO_HELP = frozenset({"HELP", "INFO"})
LONGEST_ADDRESS = 100
# How many of our own latest texts are compared with the reply, to know a quotation.
QUOTABLE = 5


def handle(event: WebhookEvent) -> None:
    """Act on an inbound text, inside the transaction that stored it; `event.closed_points` says what it closed.

    1. Whose number was it sent to? Nobody's: the event stays, with its problem, and a STOP closes anyway.
    2. Lock the contact point: from here on nothing is claimed for it until we commit.
    3. Understand the text; put it into the thread; act on its meaning.
    """
    sender = senders.of_inbound(event.params)
    channel, address = channel_address(first(event.params, "From"))
    if not address or len(address) > LONGEST_ADDRESS:
        event.problem = "there is no usable From in it"
        return
    if sender is None:
        senders.close_for_unknown_recipient(event, channel=channel, address=address)
        return
    event.brand_id = sender.brand_id
    point = receive.point_for(sender, channel=channel, address=address, country=country_of(address))
    ledger.lock_points([point.id])
    meaning = _meaning(event, sender, point)
    message = receive.receive(
        _inbound(event), sender=sender, point=point, wants_answer=_wants_answer(meaning)
    )
    if _act(meaning, message, sender, point):
        event.closed_points = [point.id]


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
    )


def _meaning(event: WebhookEvent, sender: Sender, point: ContactPoint) -> Understanding:
    ours = Message.objects.filter(
        brand_id=sender.brand_id, thread__contact=point.contact_id, direction=Direction.OUT
    )
    words = [word for program in _programs(sender) for word in program.join_words]
    meaning = understand(
        first(event.params, "Body"),
        recent_outbound=list(ours.order_by("-created_at").values_list("body", flat=True)[:QUOTABLE]),
        join_words=words,
    )
    if first(event.params, "OptOutType") == "STOP" and meaning.outcome != "closed":
        # A keyword of the sender's own list at Twilio: it has blocked the number already.
        return dataclasses.replace(
            meaning, outcome="closed", kind="stop", why="Twilio took it for an opt-out"
        )
    return meaning


def _wants_answer(meaning: Understanding) -> bool:
    return meaning.outcome == "held" or (meaning.outcome == "ordinary" and meaning.kind is None)


def _act(meaning: Understanding, message: Message, sender: Sender, point: ContactPoint) -> bool:
    evidence = {
        "message": str(message.id),
        "sid": message.provider_sid,
        "text": message.body,
        "why": meaning.why,
    }
    if meaning.outcome == "closed":
        _close(meaning, message, sender, point, evidence)
        return True
    if meaning.outcome == "held":
        opting.hold(point.id, evidence=evidence, said_at=message.created_at)
        journeys.hear(message)
    elif meaning.kind == "start":
        if opting.reopen(point.id, evidence=evidence, said_at=message.created_at):
            _reply(message, sender, _welcome_back(sender), TWILIO_START)
    elif meaning.kind == "help":
        _reply(message, sender, _help(sender), TWILIO_HELP)
    elif meaning.kind == "join":
        _join(message, sender, point, evidence)
    else:
        # It may answer a journey's question, or be one we surely know; else a person is waiting for a person.
        journeys.hear(message)
        answer.answer(message)
    return False


def _close(
    meaning: Understanding, message: Message, sender: Sender, point: ContactPoint, evidence: dict[str, str]
) -> None:
    method = Method.KEYWORD if meaning.kind == "stop" else Method.PLAIN_WORDS
    was_open = opting.close(point.id, method=method, evidence=evidence, said_at=message.created_at)
    outbox.cancel_for_point(sender.brand_id, point.id, reason=Reason.NUMBER_CLOSED)
    journeys.leave(sender.brand_id, point.id)
    if was_open:
        _reply(message, sender, _goodbye(sender), TWILIO_STOP)


def _join(message: Message, sender: Sender, point: ContactPoint, evidence: dict[str, str]) -> None:
    program = _program_of_word(sender, message.body)
    if program is None or program.age_gate is not None:
        return
    if opting.join(point, program, evidence=evidence, said_at=message.created_at):
        text = program.welcome or (
            f"Welcome to {program.name}: {program.frequency}. Msg&data rates may apply. "
            "Reply HELP for help, STOP to end."
        )
        _reply(message, sender, text, frozenset(), program=program)


def _reply(
    message: Message,
    sender: Sender,
    text: str,
    twilio_answers: frozenset[str],
    *,
    program: Program | None = None,
) -> None:
    """One consent reply, unless Twilio gives it; unique per inbound message."""
    is_twilios = (
        sender.opt_out_replies == OptOutReplies.TWILIO and message.body.strip().upper() in twilio_answers
    )
    if is_twilios or not text:
        return
    program = program or next(iter(_programs(sender)), None)
    outbox.queue(
        [
            outbox.Draft(
                brand_id=sender.brand_id,
                contact_id=message.contact_id,
                point_id=message.point_id,
                sender_id=sender.id,
                program_id=program.id if program else None,
                purpose="consent",
                value=Value.NOTICE,
                body=text,
                origin=Origin.CONSENT,
                origin_id=message.id,
            )
        ]
    )


def _programs(sender: Sender) -> list[Program]:
    return list(Program.objects.filter(routes__sender=sender).order_by("routes__priority", "created_at"))


def _program_of_word(sender: Sender, body: str) -> Program | None:
    said = keywords.normalise(body)
    for program in _programs(sender):
        if said in {keywords.normalise(word) for word in program.join_words}:
            return program
    return None


def _name(sender: Sender) -> str:
    return next((program.name for program in _programs(sender)), sender.brand.name)


def _goodbye(sender: Sender) -> str:
    return f"{_name(sender)}: you are unsubscribed and will get no more messages. Reply START to come back."


def _welcome_back(sender: Sender) -> str:
    return f"{_name(sender)}: you are subscribed again. Reply HELP for help, STOP to end. Msg&data rates may apply."


def _help(sender: Sender) -> str:
    found = [program.help_text for program in _programs(sender) if program.help_text]
    return found[0] if found else f"{sender.brand.name}: {sender.brand.support}. Reply STOP to end."


def close_first(event: WebhookEvent) -> None:
    """The processing of a STOP failed: close the number with as little as can fail; it is examined later."""
    meaning = understand(first(event.params, "Body"), recent_outbound=(), join_words=())
    if meaning.outcome != "closed" and first(event.params, "OptOutType") != "STOP":
        return
    sender = senders.of_inbound(event.params)
    channel, address = channel_address(first(event.params, "From"))
    if sender is None or not address:
        return
    with transaction.atomic():
        point = receive.point_for(sender, channel=channel, address=address, country="")
        evidence = {"sid": event.provider_sid, "why": "closed first: its processing failed"}
        opting.close(point.id, method=Method.KEYWORD, evidence=evidence, said_at=event.received_at)
        outbox.cancel_for_point(sender.brand_id, point.id, reason=Reason.NUMBER_CLOSED)
    event.brand_id, event.closed_points = sender.brand_id, [point.id]
