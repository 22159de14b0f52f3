"""A reply as a whole: its clauses, which of them are the person's own, and who or what wrote it."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from consent.keywords import normalise, without_politeness, words
from consent.language import phrasebook
from consent.spelling import is_one_slip

_CLAUSE_END = re.compile(r"[.!?;:,\n…()|。！？，、؟،।]+|\s[-–—]+\s")  # noqa: RUF001 - marks of every script are typed
_QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
# Words in quotation marks of any country; three of them or more are somebody's text, not a name.
_QUOTED = re.compile(r"[“”\"«„‟‹»]\s*([^“”\"«»„‟‹›]*?\w\W+\w+\W+\w[^“”\"«»„‟‹›]*)[“”\"«»‟›]")  # noqa: RUF001
# The same in single marks, which also stand in contractions: they open and close at the edge of a word.
_QUOTED_SINGLY = re.compile(r"(?<!\S)['‘’]([^'‘’]+\W\w+\W+[^'‘’]+)['‘’](?!\w)")
_QUOTED_WORD = re.compile(r"[^“”\"«»„]{1,40}[“\"«„](?P<quoted>.+)[”\"»“]", re.DOTALL)
# French and Italian cling to the next word: m'envoyez, dall'elenco. English contractions stay one word.
_CLINGING = re.compile(r"(?<!\w)([cdjlmnst]|qu|dell|dall|nell|all|un)['’](?=\w)", re.IGNORECASE)
# Chinese and Japanese leave no space between words: each character is told as a word.
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u9fff])")
# "My #": the sign alone is the word; before a digit it is only a mark.
_NUMBER_SIGN = re.compile(r"#(?!\w)")
# The full stop of a title ends no clause: Mrs. Whitcomb died.
_TITLE = re.compile(r"\b(mrs?|ms|dr|sra?|mme|hr|fr)\.(?=\s)", re.IGNORECASE)
_REACTION_WORDS = 7
_COPY_WORDS = 4
_LONG_WORD = 6


def own_clauses(text: str, recent_outbound: Sequence[str]) -> list[list[str]]:
    """The clauses that are the person's own: quoted lines and copies of our recent texts left out.

    A short clause is a copy only beside a longer one, and only when it is a whole clause of ours, so that a
    STOP written under our quoted text stays theirs.
    """
    own = clauses(_QUOTED_LINE.sub("", text))
    sent = [clauses(body) for body in recent_outbound]
    whole = [f" {' '.join(word for clause in ours for word in clause)} " for ours in sent]
    copied = [c for c in own if len(c) >= _COPY_WORDS and any(f" {' '.join(c)} " in w for w in whole)]
    if copied:
        copied += [clause for clause in own if any(clause in ours for ours in sent)]
    return [clause for clause in own if clause not in copied]


def clauses(text: str) -> list[list[str]]:
    """The words of each clause of a text, as `normalise` spells them."""
    spelled_out = _TITLE.sub(r"\1", _NUMBER_SIGN.sub(" number ", _CLINGING.sub(r"\1 ", text)))
    parts = (_UNSPACED.sub(r" \1 ", normalise(part)) for part in _CLAUSE_END.split(spelled_out))
    return [_one_negation(part).split() for part in parts if part]


def without_quotations(text: str) -> str:
    """A text without what it quotes: phones tell a reaction as Liked "…our whole text…"."""
    return _QUOTED_SINGLY.sub(" ", _QUOTED.sub(" ", text))


def is_reaction(beside: str) -> bool:
    """Whether so little stands beside a quotation that a phone wrote it: Liked "…", 👍 to "…"."""
    return len(normalise(beside).split()) <= _REACTION_WORDS


def is_told_by_phone(beside: str) -> bool:
    """Whether a phone tells that its owner liked or disliked a text: Liked "…", A ri à « … »."""
    told = phrasebook().tell((word, "") for word in normalise(beside).split())
    return bool(_pattern("reactions").match(told))


def is_reaction_to_stop(text: str) -> bool:
    """Whether it is a reaction to somebody's STOP, perhaps their own: Loved "STOP"."""
    found = _QUOTED_WORD.fullmatch(text.strip())
    return found is not None and normalise(found["quoted"]) in words("stop")


def is_stop_emoji(text: str) -> bool:
    return any(emoji in text for emoji in _data()["stop_emoji"])


def is_auto_reply(clause: Sequence[str]) -> bool:
    """Whether a machine answers for its owner, who drives or is away."""
    return bool(_pattern("auto_replies").search(phrasebook().tell((word, "") for word in clause)))


def is_taken_back(text: str, own: Sequence[Sequence[str]]) -> bool:
    """Whether it tells that a bare stop was said in fun, or to correct oneself: "stop, I meant Tuesday"."""
    if any(emoji in text for emoji in _data()["laughing"]):
        return True
    thoughts = _pattern("second_thoughts")
    return any(thoughts.search(phrasebook().tell((word, "") for word in clause)) for clause in own)


def is_polite(clause: Sequence[str]) -> bool:
    """Whether a clause has a word of politeness: who says please, asks."""
    said = " ".join(clause)
    return without_politeness(said) != said


def goes_on(rest: Sequence[Sequence[str]]) -> bool:
    """Whether the clauses after a first one tell something, more than thanks, and are no signature."""
    told = [clause for clause in rest if without_politeness(" ".join(clause))]
    return bool(told) and not _pattern("signatures").search(phrasebook().tell((word, "") for word in told[0]))


def without_footers(told: str) -> str:
    """A clause, as patterns read it, without copies of the usual way out: "Reply STOP to opt out"."""
    return _pattern("footers").sub("", told)


def misspelled_keyword(text: str) -> str:
    """The stop keyword that the whole message misses by a slip of the finger, or ""."""
    said = normalise(text)
    word = without_politeness(said) or said
    if word in _data()["typos"]:
        return "stop"
    if " " in word or len(word) < _LONG_WORD or word in _data()["not_typos"]:
        return ""
    long = (keyword for keyword in words("stop") if len(keyword) >= _LONG_WORD)
    return next((keyword for keyword in long if is_one_slip(word, keyword)), "")


def is_everyday_word(text: str) -> bool:
    """Whether the whole message is an everyday word that only looks like a keyword: "quiet"."""
    return normalise(text) in _data()["everyday"]


def _one_negation(clause: str) -> str:
    """The ways to write an English negation become one, so that the phrases need say it once."""
    return f"{clause} ".replace("do not ", "dont ").replace("don t ", "dont ").replace("donot ", "dont ")


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return phrasebook().compile(_data()[name])


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(files("consent").joinpath("phrases.toml").read_text(encoding="utf-8"))
