"""What a text must not say, or lacks: age-gated topics, public short links, who writes, how to leave."""

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from consent import keywords
from consent.models import Program
from messaging import segments

Severity = Literal["block", "warn"]

MOST_SEGMENTS = 3
# So many letters say whether somebody shouts, and this share of them is shouting.
SHOUT_FROM, SHOUTED_SHARE = 20, 0.6
_WORD = re.compile(r"[^\W\d_]+")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)+/\S*", re.IGNORECASE)
_UNFILLED = re.compile(
    r"\{\{|\}\}|\{%|%\}|\[\[|\]\]|<<\s*\w+\s*>>|\*\|\w+\|\*|\$?\{\s*[A-Za-z_][\w. ]{0,40}\}|%[A-Za-z]\w*%"
)
# A brand may call itself by its first word ("Acme" for "Acme Coffee"), if that says something.
_SHORTEST_NAME = 3
_NO_NAME = frozenset({"the", "die", "der", "das", "les", "los", "las"})


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text, in words with the cure. What blocks keeps it from going out; a warning is advice."""

    severity: Severity
    words: str

    def __str__(self) -> str:
        return self.words


def check(
    body: str, *, program: Program, is_first: bool = False, most_segments: int = MOST_SEGMENTS
) -> list[Problem]:
    """What is wrong with a text as its reader gets it, names filled in; empty when it is fine.

    `is_first`: some reader never got a text of the brand before, so it must say who writes and how to leave.
    Sources: CTIA Messaging Principles and Best Practices (advice); CASL s. 6(2), PECR reg. 23, Spam Act 2003 ss. 17-18
    and their like (law, so it blocks where a program serves such a country); the words and links in content_words.toml
    with theirs.
    """
    found = [*_topics(body, program), *_short_links(body)]
    if held := unfilled(body):
        found.append(
            Problem("block", f"{held} was not filled in: write a name as {{{{ name }}}}, or leave it out.")
        )
    if is_first:
        found += _of_first(body, program)
    if _shouts(body):
        found.append(
            Problem(
                "warn", "Nearly all in capitals: people and carriers take it for shouting. Write it plainly."
            )
        )
    cost = segments.count(body).segments
    if cost > most_segments:
        found.append(Problem("warn", f"It costs {cost} segments, each billed as a text: make it shorter."))
    return found


def unfilled(body: str) -> str:
    """The first placeholder that nothing was put into, as it stands in the text ("{name}"), or ""."""
    found = _UNFILLED.search(body)
    return found.group() if found else ""


def _topics(body: str, program: Program) -> Iterator[Problem]:
    plain = f" {keywords.normalise(body)} "
    for topic in _data()["topic"]:
        rest = plain
        for phrase in topic["unless"]:
            rest = rest.replace(f" {phrase} ", " ")
        word = next((word for word in topic["words"] if f" {word} " in rest), None)
        if word is None:
            continue
        ages: dict[str, int] = topic.get("least_age", {})
        least = ages.get(program.country.upper(), ages.get("*"))
        if least is None:
            yield Problem("block", f"“{word}”: carriers carry no texts about {topic['name']}. Leave it out.")
        elif (program.age_gate or 0) < least:
            yield Problem(
                "block",
                f"“{word}”: texts about {topic['name']} go only to people who confirmed that they are {least}. "
                f"Set the program's minimum age to {least}, or leave it out.",
            )


def _short_links(body: str) -> Iterator[Problem]:
    said = body.casefold()
    for domain in _data()["shorteners"]["domains"]:
        if re.search(rf"(?:(?<![\w.-])|(?<=www\.)){re.escape(domain)}(?![\w-]|\.\w)", said):
            yield Problem(
                "block",
                f"Carriers filter links of {domain}: use the full address, or the brand's own domain.",
            )


def _of_first(body: str, program: Program) -> Iterator[Problem]:
    """Carriers ask for both (advice, for the team may have good reasons); elsewhere than in the US the law does."""
    is_law = any(country.upper() != "US" for country in program.countries or [program.country])
    severity: Severity = "block" if is_law else "warn"
    if not says_who(body, program):
        yield Problem(
            severity, f"Some people get their first text with this: say who writes, {program.brand.name}."
        )
    if not says_how_to_leave(body):
        yield Problem(
            severity, "Some people get their first text with this: say how to leave, e.g. “STOP to end”."
        )


def says_who(body: str, program: Program) -> bool:
    """Whether a text names the brand or the program, or the brand by its first word."""
    said = f" {keywords.normalise(body)} "
    names = [keywords.normalise(name) for name in (program.brand.name, program.name)]
    first = names[0].partition(" ")[0]
    if len(first) >= _SHORTEST_NAME and first not in _NO_NAME:
        names.append(first)
    return any(f" {name} " in said for name in names if name)


def says_how_to_leave(body: str) -> bool:
    """Whether a text has a word that ends texts, in capitals: "STOP to end", "ARRET pour arrêter"."""
    shouted = [word for word in _WORD.findall(body) if word.isupper()]
    return any((found := keywords.match(word)) is not None and found.kind == "stop" for word in shouted)


def _shouts(body: str) -> bool:
    letters = [letter for letter in _LINK.sub(" ", body) if letter.isalpha()]
    upper = sum(letter.isupper() for letter in letters)
    return len(letters) > SHOUT_FROM and upper > SHOUTED_SHARE * len(letters)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("messaging").joinpath("content_words.toml").read_text(encoding="utf-8"))
