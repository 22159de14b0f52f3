"""What Twilio itself does with STOP, START and HELP, by kind of sender."""

from dataclasses import dataclass

from simulator.texts import Sender
from simulator.world import World

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})
_TOLL_FREE_START_WORDS = frozenset({"START", "UNSTOP"})
_STOP_REPLY = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe."
)
_START_REPLY = (
    "You have successfully been re-subscribed to messages from this number. "
    "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
_HELP_REPLY = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
_NETWORK_STOP_REPLY = (
    'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.'
)
_NETWORK_START_REPLY = (
    'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.'
)


@dataclass(frozen=True, slots=True)
class Handling:
    """What came of one inbound text; each field is empty when there is none."""

    word: str = ""  # STOP | START | HELP
    reply: str = ""  # what the handset gets
    opt_out_type: str = ""  # sent to the webhook only with Advanced Opt-Out


def handle_opt_out(world: World, sender: Sender, handset: str, body: str) -> Handling:
    """Change the block list as Twilio would, and say what it answers.

    Only a whole message matches, in any letter case. A second STOP, or a START that lifts nothing, changes
    nothing and gets no second reply; HELP is always answered.
    """
    word = _kind_of_word(body, START_WORDS)
    service = world.services.get(sender.service_sid)
    advanced = service is not None and service.advanced_opt_out
    opt_out_type = word if advanced else ""
    if not word:
        return Handling()
    if sender.kind == "toll_free":
        return _handle_toll_free(world, sender, handset, body, opt_out_type)
    owner = service or sender
    is_bare_short_code = sender.kind == "short_code" and service is None
    if owner.opt_out_handling == "off" or is_bare_short_code:
        return Handling(word, "", opt_out_type)
    changed = _apply(world, world.block_scope(sender), handset, word)
    replies = {"STOP": _STOP_REPLY, "START": _START_REPLY, "HELP": _HELP_REPLY}
    return Handling(word, replies[word] if changed or word == "HELP" else "", opt_out_type)


def _handle_toll_free(world: World, sender: Sender, handset: str, body: str, opt_out_type: str) -> Handling:
    """The carriers' own layer: it cannot be switched off, and YES does not lift it."""
    word = _kind_of_word(body, _TOLL_FREE_START_WORDS)
    changed = bool(word) and _apply(world, sender.address, handset, word)
    if sender.service_sid and word in ("STOP", "START"):
        changed = _apply(world, sender.service_sid, handset, word) or changed
    replies = {"STOP": _NETWORK_STOP_REPLY, "START": _NETWORK_START_REPLY}
    if word == "HELP":
        return Handling(word, "" if sender.opt_out_handling == "off" else _HELP_REPLY, opt_out_type)
    return Handling(word, replies.get(word, "") if changed else "", opt_out_type)


def _kind_of_word(body: str, start_words: frozenset[str]) -> str:
    word = body.strip().upper()
    if word in STOP_WORDS:
        return "STOP"
    if word in start_words:
        return "START"
    return "HELP" if word in HELP_WORDS else ""


def _apply(world: World, scope: str, handset: str, word: str) -> bool:
    """Add or lift the block; True when that changed anything."""
    pair = (scope, handset)
    if word == "STOP" and pair not in world.blocks:
        world.blocks.add(pair)
        return True
    if word == "START" and pair in world.blocks:
        world.blocks.remove(pair)
        return True
    return False
