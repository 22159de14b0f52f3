"""The one text that answers a keyword: goodbye, welcome back, HELP, and what a join request says."""

from consent import wordings
from consent.models import Program
from consent.understanding import Understanding
from contacts import reading
from messaging import outbox
from messaging.models import Message, OptOutReplies, Origin, Sender, Value

# What Twilio itself takes for a keyword, whole and in any letter case; to these, and only these, it answers.
TWILIO_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
TWILIO_START = frozenset({"START", "YES", "UNSTOP"})
TWILIO_HELP = frozenset({"HELP", "INFO"})

_OF_SENDER = """
  FROM consent_program row JOIN messaging_route route ON route.program_id = row.id
 WHERE route.sender_id = %s
"""
_JOIN_WORDS = f"SELECT DISTINCT unnest(row.join_words) {_OF_SENDER}"
_PROGRAMS = reading.Reader(Program, f"{_OF_SENDER} ORDER BY route.priority, row.created_at")


def goodbye(message: Message, sender: Sender, meaning: Understanding) -> None:
    """Confirm that the number is closed."""
    _of_sender("goodbye", message, sender, meaning, TWILIO_STOP)


def welcome_back(message: Message, sender: Sender, meaning: Understanding) -> None:
    """Confirm that what the person's own words closed is open again."""
    _of_sender("welcome_back", message, sender, meaning, TWILIO_START)


def help_(message: Message, sender: Sender, meaning: Understanding) -> None:
    """Answer HELP in the program's own words."""
    found = [program.help_text for program in programs_of(sender) if program.help_text]
    if found:
        send(message, sender, found[0], unless=TWILIO_HELP)
    else:
        _of_sender("help", message, sender, meaning, TWILIO_HELP, support=sender.brand.support)


def join_words_of(sender: Sender) -> reading.Question[list[str]]:
    """The join words of the programs that text from this sender."""
    return reading.column(_JOIN_WORDS, [sender.id])


def programs_of(sender: Sender) -> list[Program]:
    """The programs that text from this sender, first the one it is first for."""
    return _PROGRAMS([sender.id])


def send(
    message: Message,
    sender: Sender,
    text: str,
    *,
    unless: frozenset[str] = frozenset(),
    program: Program | None = None,
) -> None:
    """One consent reply to an inbound message, unless there is none to give or Twilio gives it."""
    if not text or _twilio_answers(message, sender, unless):
        return
    program = program or next(iter(programs_of(sender)), None)
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


def _twilio_answers(message: Message, sender: Sender, words: frozenset[str]) -> bool:
    return sender.opt_out_replies == OptOutReplies.TWILIO and message.body.strip().upper() in words


def _of_sender(
    kind: str, message: Message, sender: Sender, meaning: Understanding, unless: frozenset[str], **values: str
) -> None:
    """A reply in the name of the sender's first program, in the person's language or that of the word they used."""
    if _twilio_answers(message, sender, unless):
        return
    program = next(iter(programs_of(sender)), None)
    (locale,) = reading.values("SELECT locale FROM contacts_contact WHERE id = %s", [message.contact_id])
    language = wordings.choose(program, [locale, meaning.language])
    name = program.name if program else sender.brand.name
    send(message, sender, wordings.text(kind, language, name=name, **values), program=program)
