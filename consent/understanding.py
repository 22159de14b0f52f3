"""What a reply means for consent in people's own words: close the number, hold it, or nothing special.

It may only restrict: no outcome here ever opens a number or clears a hold.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from consent import phrases
from consent.keywords import Keyword, Kind, match, normalise, without_politeness, words

Outcome = Literal["closed", "held", "ordinary"]

_CLAUSE_END = re.compile(r"[.!?;:,\n…()|。！？，]+|\s[-–—]+\s")  # noqa: RUF001 - full-width marks are typed too
_QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
_QUOTATION = re.compile(r"^(?P<before>[^“”\"«»„]{1,40})[“\"«„](?P<quoted>.+)[”\"»“]\s*$", re.DOTALL)
# Case tells the name apart from "this isn't good"; the rest may be written anyhow.
_NOT_THAT_PERSON = re.compile(r"(?i:this is not|this isn['’]?t|i['’]?m not|i am not) [A-Z][a-zà-ÿ]+[.! ]*$")
_COPY_WORDS = 3
_LONG_WORD = 6
_VERY_LONG_WORD = 8
_MISSPELLED = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a reply means: `why` in plain words for staff; `kind` only for a keyword or a clear opt-out."""

    outcome: Outcome
    kind: Kind | None
    why: str
    language: str


def understand(
    text: str, *, recent_outbound: Sequence[str] = (), join_words: Collection[str] = ()
) -> Understanding:
    """Read one inbound text.

    1. A whole-message keyword decides.
    2. A phone's reaction to our text, and copies of what we recently sent, say nothing.
    3. A clear request to stop closes, unless it is turned around ("don't stop") or asks for less.
    4. What may be a stop, a stranger, anger or the law is held for a person.
    5. Everything else is ordinary.
    """
    if keyword := match(text, join_words=join_words):
        return _of_keyword(keyword)
    if not normalise(text):
        return _of_no_words(text)
    if _is_reaction(text):
        return _ordinary("a reaction to one of our texts")
    own = _without_copies(text, recent_outbound)
    if not own:
        return _ordinary("only a copy of our own text")
    return _slip(text) or _clear(own) or _held(text, own) or _ordinary("nothing about consent")


def _is_reaction(text: str) -> bool:
    quotation = _QUOTATION.match(text.strip())
    if not quotation or match(quotation["quoted"]):
        return False
    return normalise(quotation["before"]) in phrases.texts("reactions")


def _of_keyword(keyword: Keyword) -> Understanding:
    outcome: Outcome = "closed" if keyword.kind == "stop" else "ordinary"
    return Understanding(outcome, keyword.kind, f"the keyword {keyword.word.upper()}", keyword.language)


def _of_no_words(text: str) -> Understanding:
    if any(emoji in text for emoji in phrases.texts("stop_emoji")):
        return Understanding("held", None, "an emoji that says stop, without words", "")
    return _ordinary("no words")


def _ordinary(why: str) -> Understanding:
    return Understanding("ordinary", None, why, "")


def _closed(why: str, language: str) -> Understanding:
    return Understanding("closed", "stop", why, language)


def _clauses(text: str) -> Iterator[str]:
    """The clauses of a text, each normalised, every word followed by one space."""
    for part in _CLAUSE_END.split(text):
        # The two ways to write a negation become one, so that the phrases need say it once.
        plain = f"{normalise(part)} ".replace("do not ", "dont ")
        corrected = (_MISSPELLED if _is_misspelled(word) else word for word in plain.split())
        if clause := " ".join(corrected):
            yield f"{clause} "


def _without_copies(text: str, recent_outbound: Sequence[str]) -> list[str]:
    """The clauses that are the person's own: quoted lines and copies of our recent texts left out.

    A short clause is a copy only beside a longer one, and only when it is a whole clause of ours, so that a
    STOP written under our quoted text stays theirs.
    """
    clauses = list(_clauses(_QUOTED_LINE.sub("", text)))
    sent = [list(_clauses(body)) for body in recent_outbound]
    whole = [" " + "".join(ours) for ours in sent]
    copied = {clause for clause in clauses if _is_long(clause) and any(f" {clause}" in w for w in whole)}
    if copied:
        copied |= {clause for clause in clauses if any(clause in ours for ours in sent)}
    return [clause for clause in clauses if clause not in copied]


def _is_long(clause: str) -> bool:
    return clause.count(" ") >= _COPY_WORDS


def _slip(text: str) -> Understanding | None:
    """A whole message that is one slip of the finger away from a keyword."""
    plain = normalise(text)
    word = without_politeness(plain) or plain
    if word in phrases.texts("typos"):
        return _closed(f"a misspelled STOP: {word!r}", "")
    if " " in word or len(word) < _LONG_WORD or word in phrases.texts("not_typos"):
        return None
    for keyword in words("stop"):
        if len(keyword) >= _LONG_WORD and is_one_slip(word, keyword):
            return _closed(f"a misspelled {keyword.upper()}: {word!r}", "")
    return None


def _clear(clauses: list[str]) -> Understanding | None:
    for clause in clauses:
        if _is_only_stop(clause):
            return _closed(f"asks to stop: {clause.strip()!r}", "en")
        unquoted = phrases.pattern("footers").sub("", clause)
        for language, pattern in phrases.clear():
            for found in pattern.finditer(unquoted):
                before, after = unquoted[: found.start()], unquoted[found.end() :]
                if not _is_negated(before) and not phrases.pattern("softeners").search(after):
                    return _closed(f"asks to stop: {found.group().strip()!r}", language)
    return None


def _is_only_stop(clause: str) -> bool:
    told = set(clause.split())
    stops = phrases.texts("stop_words")
    return bool(told & stops) and told <= stops | phrases.texts("small_words")


def _is_negated(before: str) -> bool:
    """Whether the words before a phrase turn it around: "please dont you ever" but not "if you dont"."""
    tokens = before.split()
    while tokens and tokens[-1] in phrases.texts("negated_through"):
        tokens.pop()
    told = " ".join(tokens)
    if not any(told == word or told.endswith(f" {word}") for word in phrases.texts("negations")):
        return False
    return not phrases.texts("unless_after") & set(tokens[-4:])


def _held(text: str, clauses: list[str]) -> Understanding | None:
    if _NOT_THAT_PERSON.search(text):
        return Understanding("held", None, "may be somebody else's number", "")
    if any(phrases.pattern("auto_replies").search(clause) for clause in _clauses(text)):
        return None
    for clause in clauses:
        rest = phrases.pattern("harmless").sub("", clause)
        for why, pattern in phrases.held():
            if found := pattern.search(rest):
                return Understanding("held", None, f"{why}: {found.group().strip()!r}", "")
    return None


@lru_cache(maxsize=4096)
def _is_misspelled(word: str) -> bool:
    return len(word) >= _VERY_LONG_WORD and is_one_slip(word, _MISSPELLED)


def is_one_slip(word: str, target: str) -> bool:
    """Whether one letter added, dropped, changed or two neighbours swapped turns `target` into `word`."""
    start = 0
    while start < min(len(word), len(target)) and word[start] == target[start]:
        start += 1
    end = 0
    while end < min(len(word), len(target)) - start and word[-1 - end] == target[-1 - end]:
        end += 1
    one, other = word[start : len(word) - end], target[start : len(target) - end]
    return max(len(one), len(other)) == 1 or (len(one) == 2 and one == other[::-1])  # noqa: PLR2004 - a swapped pair
