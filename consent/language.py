"""The languages of `languages/`: what their words stand for, and the patterns of what people write."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from consent import spelling
from consent.phrases import Phrasebook

# A slip of the finger is forgiven in words of these concepts.
_FORGIVEN = ("stop", "bothering", "bother", "messages", "unsubscribe")
# Words of these concepts alone say nothing of texts.
_COMMON = ("small", "end", "nothing", "more", "me", "no", "none", "off", "elsewhere")


@dataclass(frozen=True, slots=True)
class Language:
    """One language; `exact` and `stems` give the letters of a word's concepts, as `phrasebook` has them."""

    code: str
    exact: dict[str, str]
    stems: dict[str, str]
    forgiven: dict[str, list[str]]  # for `spelling.meant`
    elided: str  # the letters of articles that cling to the next word: l, d, m
    own: frozenset[str]  # words that are not only borrowed
    named: frozenset[str]  # words that its patterns name themselves
    bare: re.Pattern[str]
    clear: re.Pattern[str]
    harmless: re.Pattern[str]
    less: re.Pattern[str]
    unsure: re.Pattern[str]
    turned: re.Pattern[str]
    halted: re.Pattern[str]
    unless: re.Pattern[str]
    no: re.Pattern[str]
    ending: re.Pattern[str]
    teller: re.Pattern[str]
    told: re.Pattern[str]  # also after a while or an if
    # What a clause says beside the others: see `understanding`.
    removal: re.Pattern[str]
    visit: re.Pattern[str]
    praise: re.Pattern[str]
    meeting: re.Pattern[str]
    instead: re.Pattern[str]
    held: tuple[tuple[str, re.Pattern[str]], ...]  # (why, pattern)

    def says(self, word: str) -> str:
        """The letters of a word's concepts: as listed, by its stem, with an elided article, or misspelled."""
        stem = next((word[:n] for n in range(len(word), 2, -1) if word[:n] in self.stems), "")
        if letters := self.exact.get(word, "") + self.stems.get(stem, ""):
            return letters
        if self.elided and word[:1] in self.elided and word[1:2] in "aeiouh" and word[1:] in self.exact:
            return self.exact[word[1:]]
        return "" if word in _not_misspelled() else self.exact.get(spelling.meant(word, self.forgiven), "")

    def names(self, word: str) -> bool:
        """Whether a pattern of the language names this word or its stem."""
        return word in self.named or any(f"{word[:n]}*" in self.named for n in range(2, len(word) + 1))


@cache
def languages() -> dict[str, Language]:
    """Every language, by its code."""
    found = sorted(files("consent").joinpath("languages").iterdir(), key=lambda file: file.name)
    tables = {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8")) for file in found
    }
    borrowed = tables.pop("borrowed")
    return {code: _language(code, table, borrowed) for code, table in tables.items()}


@cache
def phrasebook() -> Phrasebook:
    """The concepts of the grammar, and how patterns name them."""
    return Phrasebook(grammar()["concepts"])


@cache
def common() -> frozenset[str]:
    """The letters of the concepts that alone say nothing of texts."""
    return frozenset(phrasebook().letters[concept] for concept in _COMMON)


@cache
def grammar() -> dict[str, Any]:
    """What holds in every language: `grammar.toml`."""
    return tomllib.loads(files("consent").joinpath("grammar.toml").read_text(encoding="utf-8"))


@cache
def _not_misspelled() -> frozenset[str]:
    return frozenset(grammar()["not_misspelled"])


def _language(code: str, table: dict[str, Any], borrowed: dict[str, Any]) -> Language:
    exact, stems = _letters(table, borrowed)
    book = phrasebook()
    worth = {book.letters[concept] for concept in _FORGIVEN}

    def patterns(name: str, *shared: dict[str, Any]) -> re.Pattern[str]:
        return book.compile(pattern for each in (*shared, table) for pattern in _patterns(each, name))

    return Language(
        code=code,
        exact=exact,
        stems=stems,
        forgiven=spelling.index(word for word, letters in exact.items() if worth & set(letters)),
        elided=table.get("elided", ""),
        own=frozenset(word for words in table["concepts"].values() for word in words),
        named=book.named(_own_patterns(table)),
        bare=patterns("bare", grammar()),
        clear=patterns("clear", grammar()),
        harmless=patterns("harmless", grammar(), borrowed),
        less=patterns("less"),
        unsure=patterns("unsure"),
        turned=patterns("turned", grammar()),
        halted=patterns("halted", grammar()),
        unless=book.compile(["<unless>"]),
        no=book.compile(["<no|none>"]),
        ending=book.compile(["<stop|remove|remove_me|unsubscribe|off>"]),
        teller=book.compile(["<teller>"]),
        told=book.compile(["<unless>? <teller>"]),
        removal=patterns("removal"),
        visit=patterns("visit"),
        praise=patterns("praise"),
        meeting=patterns("meeting", grammar()),
        instead=patterns("instead", grammar()),
        held=tuple((entry["why"], book.compile(entry["patterns"])) for entry in table.get("held", [])),
    )


def _letters(*tables: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The letters of the concepts of each word, and of each stem (written with a star)."""
    exact: dict[str, str] = {}
    stems: dict[str, str] = {}
    for table in tables:
        for concept, words in table["concepts"].items():
            for word in words:
                kind, bare = (stems, word[:-1]) if word.endswith("*") else (exact, word)
                kind[bare] = "".join(sorted({*kind.get(bare, ""), phrasebook().letters[concept]}))
    return exact, stems


def _own_patterns(table: dict[str, Any]) -> Iterator[str]:
    yield from _patterns(table, "bare")
    yield from _patterns(table, "clear")
    for entry in table.get("held", []):
        yield from entry["patterns"]


def _patterns(table: dict[str, Any], name: str) -> Iterator[str]:
    yield from table.get(name, {}).get("patterns", [])
