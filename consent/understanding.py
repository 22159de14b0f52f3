"""What a reply means for consent in people's own words: close the number, hold it, or nothing special.

It may only restrict: no outcome here ever opens a number or clears a hold.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from consent import replies, resemblance, vocabulary
from consent.keywords import Keyword, Kind, match, normalise
from consent.language import Language, languages
from consent.phrases import plain

Outcome = Literal["closed", "held", "ordinary"]
# What an understanding rests on: what is certain decides by itself, the others are weighed with the whole reply.
Ground = Literal["certain", "request", "sign", "hint", "nothing"]

# Case tells the name apart from "this isn't good"; the rest may be written anyhow.
_NOT_THAT_PERSON = re.compile(
    r"""(?:^|[.,!?]\ ?)
    (?i:this\ is\ not|this\ isn['’]?t|i['’]?m\ not|i\ am\ not|my\ name\ is\ not|no\ soy|je\ ne\ suis\ pas|n[aã]o\ sou
    |(?:ich\ )?bin\ nicht|non\ sono|ik\ ben\ niet|nie\ jestem)
    (?:\ the|\ o|\ a|\ la|\ el|\ de)?
    \ [A-Z][a-zà-ÿ]+[.!\ ]*$""",
    re.VERBOSE,
)
# Stands where harmless words stood, so that what is left does not look like a whole clause.
_TAKEN_OUT = "_/ "
# How the reason of a bare stop begins: one without a word of what shall stop.
_SAYS_STOP = "says stop"
_ASKS_TO_STOP = "asks to stop"
_REQUESTS = (_SAYS_STOP, _ASKS_TO_STOP)
_NOTHING_FOUND = "nothing about consent"
_STOP_EMOJI = "an emoji that says stop, without words"
_REACTION_TO_STOP = "a reaction to a STOP"
# What is held for these reasons is no matter of wording.
_DECIDED = (_STOP_EMOJI, _REACTION_TO_STOP)
# How the reasons begin that are as often about other things: alone they hold nobody. The files of languages have some.
_HINTS = (
    "sounds as if it may want to stop",
    "may be about something else",
    "says stop, perhaps in fun",
    "says stop, and then",
    "may ask us not to stop, but to go on",
)
# How the reasons begin that may be seen otherwise beside what else a reply tells; the files of languages have them.
_WRONG_PERSON = ("may be somebody", "may be a child", "asks how we come", "tells of a death")
# Arrangements for a meeting are short; among more words a request stands for itself.
_A_MEETING = 16
_A_DEATH = "tells of a death"
_NOT_TO_STOP = "may ask us not to stop"
_TO_GO_ON = f"{_NOT_TO_STOP}, but to go on"
_WISHES_TO_STAY = re.compile(
    r"(?:(?:please|pls|but|no|hey|hi|oh) )*(?:dont|do not|never) (?:ever )?(?:\w+ )?me\b"
)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a reply means: `why` in plain words for staff; `kind` only for a keyword or a clear opt-out.

    `words` are those it rests on, as `normalise` spells them; `is_all_said` when it is held for them and has no others.
    """

    outcome: Outcome
    kind: Kind | None
    why: str
    language: str
    words: str = ""
    is_all_said: bool = False

    @property
    def ground(self) -> Ground:
        """What it rests on, so whether the reply as a whole has a say in it."""
        if self.why == _NOTHING_FOUND:
            return "nothing"
        if self.is_all_said:
            return "certain"
        if self.outcome == "closed" and self.why.startswith(_REQUESTS):
            return "request"
        if self.outcome != "held" or self.why in _DECIDED:
            return "certain"
        return "hint" if self.why.startswith(_HINTS) else "sign"


def understand(
    text: str, *, recent_outbound: Sequence[str] = (), join_words: Collection[str] = ()
) -> Understanding:
    """Read one inbound text.

    1. A whole-message keyword decides, also a misspelled one.
    2. A phone's reaction to our text, and copies of what we recently sent, say nothing.
    3. A clear request to stop closes, unless it is turned around ("don't stop"), told of others, or asks for less.
    4. What may be a stranger, anger, the law or a half request is held for a person.
    5. What was found is weighed with what the whole reply is like (`weigh`).
    6. Everything else is ordinary.
    """
    said = by_phrases(text, recent_outbound=recent_outbound, join_words=join_words)
    if said.ground == "certain":
        return said
    learned = resemblance.in_use()
    return weigh(said, resemblance.of(replies.own_clauses(text, recent_outbound), learned), learned)


def weigh(said: Understanding, like: resemblance.Resemblance, learned: resemblance.Learned) -> Understanding:
    """What phrases found, beside what the whole reply is like: the more it is like an opt-out, the stricter.

    Nothing is let go that decides: a request and a sign of trouble are at least held, and a hint decides nothing alone.
    """
    least, is_known = learned.thresholds, said.language in learned.languages
    if said.ground == "certain":
        return said
    if said.ground == "request":
        if like.opt_out >= least.requested or not is_known:
            return said
        return _held(f"{said.why}; but the whole reads like something else", said.language)
    if like.request >= least.asked and not said.why.startswith(_NOT_TO_STOP):
        return _closed("as a whole it can only be read as a request to stop", said.language)
    if said.ground == "nothing" and like.opt_out >= least.alone:
        return _held("resembles what people write who want to stop", "")
    if said.ground == "nothing":
        return said
    # Not so a sign of trouble: whatever else a reply is like, it waits for a person.
    if said.ground == "hint" and is_known and like.opt_out < least.hinted:
        return _ordinary(f"reads like something else, though it {said.why}")
    return said


def by_phrases(
    text: str, *, recent_outbound: Sequence[str] = (), join_words: Collection[str] = ()
) -> Understanding:
    """What keywords and phrases alone make of a text: all of `understand` but what the whole reply resembles."""
    if keyword := match(text, join_words=join_words):
        return _of_keyword(keyword)
    if not normalise(text):
        return _of_no_words(text)
    own = replies.own_clauses(text, recent_outbound)
    if not own:
        return _ordinary("only a copy of our own text")
    if slip := _slip(text):
        return slip
    if replies.is_everyday_word(text):
        return _ordinary("an everyday word")
    if replies.is_reaction_to_stop(text):
        return _held(_REACTION_TO_STOP, "")
    outside = replies.without_quotations(text)
    if outside != text:
        return _beside_quotation(text, outside, own, recent_outbound)
    said = _plain_words(text, own)
    return replace(
        said, is_all_said=said.outcome == "held" and said.words == " ".join(chain.from_iterable(own))
    )


def _beside_quotation(
    text: str, outside: str, own: list[list[str]], recent_outbound: Sequence[str]
) -> Understanding:
    """What stands beside a quotation decides; a request that is only quoted is looked at by a person."""
    beside = _plain_words(outside, replies.own_clauses(outside, recent_outbound))
    if beside.outcome != "ordinary":
        return beside
    quoted = _plain_words(text, own)
    if quoted.outcome == "closed" and replies.is_told_by_phone(outside) and not _asks_to_stop(own[0]):
        return _ordinary("a reaction to one of our texts")
    if quoted.outcome == "closed" and outside.strip():
        return _held("quotes a request to stop", quoted.language)
    if quoted.outcome != "closed" and replies.is_reaction(outside):
        return _ordinary("a reaction to one of our texts")
    return quoted


def _asks_to_stop(clause: list[str]) -> bool:
    found = _of_clause(clause)
    return found is not None and found.outcome == "closed"


def _of_keyword(keyword: Keyword) -> Understanding:
    outcome: Outcome = "closed" if keyword.kind == "stop" else "ordinary"
    return Understanding(outcome, keyword.kind, f"the keyword {keyword.word.upper()}", keyword.language)


def _of_no_words(text: str) -> Understanding:
    if replies.is_stop_emoji(text):
        return _held(_STOP_EMOJI, "")
    return _ordinary("no words")


def _ordinary(why: str) -> Understanding:
    return Understanding("ordinary", None, why, "")


def _closed(why: str, language: str, words: str = "") -> Understanding:
    return Understanding("closed", "stop", why, language, words)


def _held(why: str, language: str, words: str = "") -> Understanding:
    return Understanding("held", None, why, language, words)


def _slip(text: str) -> Understanding | None:
    if keyword := replies.misspelled_keyword(text):
        return _closed(f"a misspelled {keyword.upper()}: {normalise(text)!r}", "")
    return None


def _plain_words(text: str, clauses: list[list[str]]) -> Understanding:
    """The strictest that any clause says, in any language it may be in; a bare stop is weighed last."""
    each = [found for clause in clauses if (found := _of_clause(clause)) is not None]
    said = [seen for found in each if (seen := _beside_the_rest(found, clauses)) is not None]
    clear = (found for found in said if found.outcome == "closed" and not _is_bare(found))
    if closed := next(clear, None):
        return closed
    if bare := next(filter(_is_bare, said), None):
        return _weigh(bare, said, text, clauses)
    if any(replies.is_auto_reply(clause) for clause in clauses):
        return _ordinary("a machine answers for its owner")
    if _NOT_THAT_PERSON.search(text):
        return _held("may be somebody else's number", "")
    if said:
        return _gravest(said)
    return _ordinary("about something else, as the rest of it tells" if each else _NOTHING_FOUND)


def _beside_the_rest(found: Understanding, clauses: list[list[str]]) -> Understanding | None:
    """What a clause says, seen beside the others; None when together they say nothing of texts.

    1. "Remove it" beside a wrong number asks to stop.
    2. Who tells of a death to move a visit does not tell it of the number.
    3. "Don't stop" is no trouble when what comes is praised.
    4. "Don't text, call me when you are here" is about a meeting; without the when it may ask for another way.
    """
    if found.language not in languages():
        return found
    language = languages()[found.language]
    told = [vocabulary.tell(clause, language) for clause in clauses]
    if found.why.startswith(_A_DEATH) and any(map(language.visit.search, told)):
        return None
    if found.why.startswith(_WRONG_PERSON) and found.outcome == "held":
        removal = next(filter(None, map(language.removal.search, told)), None)
        return (
            _closed(f"{_ASKS_TO_STOP}, and says why: {plain(removal.group())!r}", language.code)
            if removal
            else found
        )
    if found.why.startswith(_NOT_TO_STOP):
        return None if any(map(language.praise.search, told)) else _may_stay(found, clauses, language)
    if found.outcome == "closed" and len(plain(whole := "".join(told)).split()) <= _A_MEETING:
        if language.meeting.search(whole):
            return None
        if language.instead.search(whole):
            return _held("may ask for another way than texts", language.code)
    return found


def _may_stay(found: Understanding, clauses: list[list[str]], language: Language) -> Understanding:
    """Who asks not to be taken off, and goes on, asks to stay: the whole reply is weighed with that.

    Only a wish for oneself does, and only with a word of ending: who cannot get off wants to, "don't unsubscribe my
    husband" leaves her open, and "je n'en veux plus" has two nots, and none.
    """
    wishes = any(_WISHES_TO_STAY.match(said) and found.words in said for said in map(" ".join, clauses))
    ends = language.ending.search(vocabulary.tell(found.words.split(), language))
    return (
        replace(found, why=f"{_TO_GO_ON}: {found.words!r}") if len(clauses) > 1 and wishes and ends else found
    )


def _is_bare(said: Understanding) -> bool:
    return said.why.startswith(_SAYS_STOP)


def _weigh(
    bare: Understanding, said: list[Understanding], text: str, clauses: list[list[str]]
) -> Understanding:
    """A bare stop closes, unless it seems an exclamation: "stop!! 50 % off? on my way"."""
    if replies.is_taken_back(text, clauses):
        return _held("says stop, perhaps in fun", bare.language)
    opens = len(said) == 1 and _of_clause(clauses[0]) == bare
    if opens and not replies.is_polite(clauses[0]) and replies.goes_on(clauses[1:]):
        return _held("says stop, and then something else", bare.language)
    return bare


def _of_clause(words: list[str]) -> Understanding | None:
    """The strictest that a clause says, in any language it may be in."""
    found = [said for language in vocabulary.spoken(words) if (said := _in_language(words, language))]
    closed = (said for said in found if said.outcome == "closed")
    return next(closed, None) or (_gravest(found) if found else None)


def _gravest(found: Sequence[Understanding]) -> Understanding:
    """The first sign of trouble, so that no hint before it hides it; without one, the first hint."""
    return next((said for said in found if said.ground != "hint"), found[0])


def _in_language(words: list[str], language: Language) -> Understanding | None:
    """A clear request closes; one that is turned around or asks for less holds, as do the signs of trouble."""
    whole = language.harmless.sub(_TAKEN_OUT, vocabulary.tell(words, language))
    told = replies.without_footers(whole)
    if found := language.bare.search(told) or language.clear.search(told):
        return _of_request(told, found, language)
    for why, pattern in language.held:
        if sign := pattern.search(told):
            return _held(f"{why}: {plain(sign.group())!r}", language.code, plain(sign.group()))
    if told.strip() and told != whole:
        return _held("speaks of our way out in own words", language.code)
    return None


def _of_request(told: str, found: re.Match[str], language: Language) -> Understanding:
    """A request as it stands in its clause: turned around, told of others, for less, or for good."""
    is_bare = found.re is language.bare
    request = plain(found.group())
    is_halted = is_bare and language.halted.search(found.group())
    if is_halted or _is_turned(told[: found.start()], found.group(), language):
        return _held(f"{_NOT_TO_STOP}: {request!r}", language.code, request)
    if language.unsure.search(told) or (is_bare and _is_unknown(told[: found.start()])):
        return _held(f"may be about something else: {request!r}", language.code, request)
    if not is_bare and language.less.search(found.group() + _until_next(told[found.end() :], language)):
        return _held(f"may ask for less: {request!r}", language.code, request)
    said = _SAYS_STOP if is_bare else _ASKS_TO_STOP
    return _closed(f"{said}: {request!r}", language.code, request)


def _is_unknown(before: str) -> bool:
    """Whether only words without a meaning here stand before a bare stop: "elm street stop"."""
    return bool(before) and all(word.endswith("/") for word in before.split())


def _until_next(rest: str, language: Language) -> str:
    """What follows a request, up to the next thing that is told: "at work | i am driving"."""
    told = (found for found in language.told.finditer(rest) if language.teller.match(found.group()))
    return rest[: found.start()] if (found := next(told, None)) else rest


def _is_turned(before: str, request: str, language: Language) -> bool:
    """Whether the words before a request turn it around: "please dont you ever" but not "if you dont"."""
    if not language.turned.search(before) or language.no.match(request):
        return False
    return not language.unless.search("".join(f"{word} " for word in before.split()[-4:]))
