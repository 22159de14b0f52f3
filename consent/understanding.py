"""What a reply means for consent in people's own words: close the number, hold it, or nothing special.

It may only restrict: no outcome here ever opens a number or clears a hold.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from consent import doubt, replies, vocabulary
from consent.keywords import Keyword, Kind, match, normalise
from consent.language import Language
from consent.phrases import plain

Outcome = Literal["closed", "held", "ordinary"]

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
# A bare stop, without a word of what shall stop.
_IS_SHORT = re.compile(r"asks to stop: '(?:\w+ ){0,3}\w+'")
_NOTHING_FOUND = "nothing about consent"


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a reply means: `why` in plain words for staff; `kind` only for a keyword or a clear opt-out."""

    outcome: Outcome
    kind: Kind | None
    why: str
    language: str

    @property
    def is_open_question(self) -> bool:
        """Whether nothing was found that decides: then only a doubt may still hold it."""
        return self.why == _NOTHING_FOUND


def understand(
    text: str, *, recent_outbound: Sequence[str] = (), join_words: Collection[str] = ()
) -> Understanding:
    """Read one inbound text.

    1. A whole-message keyword decides, also a misspelled one.
    2. A phone's reaction to our text, and copies of what we recently sent, say nothing.
    3. A clear request to stop closes, unless it is turned around ("don't stop") or asks for less.
    4. What may be a stop, a stranger, anger or the law is held for a person.
    5. What resembles, as a whole, the replies that people took for opt-outs is held too.
    6. Everything else is ordinary.
    """
    said = by_phrases(text, recent_outbound=recent_outbound, join_words=join_words)
    if said.is_open_question and doubt.is_raised(replies.own_clauses(text, recent_outbound)):
        return _held("resembles what people write who want to stop", "")
    return said


def by_phrases(
    text: str, *, recent_outbound: Sequence[str] = (), join_words: Collection[str] = ()
) -> Understanding:
    """What keywords and phrases alone make of a text: all of `understand` but the classifier's doubt."""
    if keyword := match(text, join_words=join_words):
        return _of_keyword(keyword)
    if not normalise(text):
        return _of_no_words(text)
    own = replies.own_clauses(text, recent_outbound)
    if not own:
        return _ordinary("only a copy of our own text")
    if slip := _slip(text):
        return slip
    if replies.is_reaction_to_stop(text):
        return _held("a reaction to a STOP", "")
    outside = replies.without_quotations(text)
    return (
        _plain_words(text, own) if outside == text else _beside_quotation(text, outside, own, recent_outbound)
    )


def _beside_quotation(
    text: str, outside: str, own: list[list[str]], recent_outbound: Sequence[str]
) -> Understanding:
    """What stands beside a quotation decides; a request that is only quoted is looked at by a person."""
    beside = _plain_words(outside, replies.own_clauses(outside, recent_outbound))
    if beside.outcome != "ordinary":
        return beside
    quoted = _plain_words(text, own)
    if quoted.outcome == "closed" and outside.strip():
        return _held("quotes a request to stop", quoted.language)
    if quoted.outcome != "closed" and replies.is_reaction(outside):
        return _ordinary("a reaction to one of our texts")
    return quoted


def _of_keyword(keyword: Keyword) -> Understanding:
    outcome: Outcome = "closed" if keyword.kind == "stop" else "ordinary"
    return Understanding(outcome, keyword.kind, f"the keyword {keyword.word.upper()}", keyword.language)


def _of_no_words(text: str) -> Understanding:
    if replies.is_stop_emoji(text):
        return _held("an emoji that says stop, without words", "")
    return _ordinary("no words")


def _ordinary(why: str) -> Understanding:
    return Understanding("ordinary", None, why, "")


def _closed(why: str, language: str) -> Understanding:
    return Understanding("closed", "stop", why, language)


def _held(why: str, language: str) -> Understanding:
    return Understanding("held", None, why, language)


def _slip(text: str) -> Understanding | None:
    if keyword := replies.misspelled_keyword(text):
        return _closed(f"a misspelled {keyword.upper()}: {normalise(text)!r}", "")
    return None


def _plain_words(text: str, clauses: list[list[str]]) -> Understanding:
    """The strictest that any clause says, in any language it may be in."""
    held = None
    for clause in clauses:
        for language in vocabulary.spoken(clause):
            said = _of_clause(clause, language)
            if said and said.outcome == "closed":
                return _taken_back(said, text, clauses) or said
            held = held or said
    if any(replies.is_auto_reply(clause) for clause in clauses):
        return _ordinary("a machine answers for its owner")
    if _NOT_THAT_PERSON.search(text):
        return _held("may be somebody else's number", "")
    return held or _ordinary(_NOTHING_FOUND)


def _taken_back(said: Understanding, text: str, clauses: list[list[str]]) -> Understanding | None:
    if _IS_SHORT.fullmatch(said.why) and replies.is_taken_back(text, clauses):
        return _held("says stop, perhaps in fun", said.language)
    return None


def _of_clause(words: list[str], language: Language) -> Understanding | None:
    """A clear request closes; one that is turned around or asks for less holds, as do the signs of trouble."""
    whole = language.harmless.sub(_TAKEN_OUT, vocabulary.tell(words, language))
    told = replies.without_footers(whole)
    for found in (*language.bare.finditer(told), *language.clear.finditer(told)):
        why = f"asks to stop: {plain(found.group())!r}"
        if _is_turned(told[: found.start()], found.group(), language):
            return _held(f"may ask us not to stop: {plain(found.group())!r}", language.code)
        if found.re is language.clear and language.less.search(told[found.start() :]):
            return _held(f"may ask for less: {plain(found.group())!r}", language.code)
        return _closed(why, language.code)
    for why, pattern in language.held:
        if sign := pattern.search(told):
            return _held(f"{why}: {plain(sign.group())!r}", language.code)
    if told.strip() and told != whole:
        return _held("speaks of our way out in own words", language.code)
    return None


def _is_turned(before: str, request: str, language: Language) -> bool:
    """Whether the words before a request turn it around: "please dont you ever" but not "if you dont"."""
    if not language.turned.search(before) or language.no.match(request):
        return False
    return not language.unless.search("".join(f"{word} " for word in before.split()[-4:]))
