"""The words that decide about consent when they are the whole message: STOP, START, HELP, join words."""

import re
import tomllib
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["stop", "start", "help", "join"]
_SILENT = re.compile(r"['’‘ʼ`´\"“”„«»]")  # noqa: RUF001 - the quotes that phones really type
# The Latin letter in the name of a letter that is drawn otherwise: L WITH STROKE, SMALL CAPITAL T, SQUARED … P.
_LATIN = re.compile(r"(?:NEGATIVE |LATIN ).*LETTER (?:SMALL CAPITAL |TURNED |DOTLESS )?([A-Z])(?: WITH .*)?")
_FLAG_LETTER = re.compile("[\U0001f1e6-\U0001f1ff]")
_FLAG_A = 0x1F1E6
_STRETCHED = re.compile(r"(\w)\1{2,}")
_NO_LETTER = re.compile(r"[^A-Za-z0-9]")
_LONGEST_KEYWORD_MESSAGE = 200
_REPEATABLE_FROM = 3


@dataclass(frozen=True, slots=True)
class Keyword:
    """A recognised keyword: its kind, the word as listed, and the language of its list ("" for join)."""

    kind: Kind
    word: str
    language: str


def match(text: str, *, join_words: Collection[str] = ()) -> Keyword | None:
    """The keyword that the whole message is, or None.

    STOP and HELP are found generously (spaced, stretched, repeated, polite: "S T O P", "stop stop please");
    START and join words only as written, because they open.
    """
    plain = normalise(text) or normalise(_FLAG_LETTER.sub(_letter_of_flag, text))
    if not plain or len(plain) > _LONGEST_KEYWORD_MESSAGE:
        return None
    bare = without_politeness(plain)
    for kind in ("stop", "help"):
        if found := _generous(kind, bare) or _listed(kind).get(unmasked(bare)):
            return found
    if found := _listed("stop").get(unmasked(text.casefold().strip())):
        return found
    if found := _listed("start").get(plain):
        return found
    joins = {normalise(word): word for word in join_words}
    return Keyword("join", joins[plain], "") if plain in joins else None


def normalise(text: str) -> str:
    """Lower-case words and single spaces; no accents, quotes, emoji or invisible characters.

    Every letter that is an A with something to it is an a: accented, wide, bold, in a circle, in a square.
    Scripts that are put together of parts (Hangul) come out whole.
    """
    if text.isascii():
        return " ".join(_NO_LETTER.sub(" ", _SILENT.sub("", text)).casefold().split())
    decomposed = unicodedata.normalize("NFKD", _SILENT.sub("", text)).casefold()
    kept = "".join(map(_plain_character, unicodedata.normalize("NFKD", decomposed)))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def unmasked(word: str) -> str:
    """A word with the Latin letters that its digits, signs and Cyrillic or Greek letters are made to look like."""
    return "".join(_data()["looks_like"].get(character, character) for character in word)


def words(kind: Kind) -> tuple[str, ...]:
    """Every listed word of a kind, as normalised, in file order."""
    return tuple(_listed(kind))


def without_politeness(plain: str) -> str:
    """A normalised text without the words of politeness, which may leave nothing."""
    bare = f" {plain} "
    for word in _data()["polite"]:
        bare = bare.replace(f" {word} ", " ")
    return bare.strip()


def _letter_of_flag(flag: re.Match[str]) -> str:
    return chr(ord(flag.group()) - _FLAG_A + ord("a"))


@lru_cache(maxsize=65_536)
def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    # Marks (accents, variation selectors, skin tones) and invisible characters vanish without leaving a gap.
    if category[0] == "M" or category in {"Cf", "Sk"}:
        return ""
    if not character.isascii() and (latin := _LATIN.fullmatch(unicodedata.name(character, ""))):
        return latin[1].lower()
    return character if category[0] in "LN" else " "


def _generous(kind: Literal["stop", "help"], bare: str) -> Keyword | None:
    """Match as listed; then with spaces closed and stretched letters shortened; then as a repetition."""
    listed = _listed(kind)
    tokens = bare.split()
    if not tokens:  # nothing but politeness
        return None
    if bare in listed:
        return listed[bare]
    if all(token in listed for token in tokens):
        return listed[tokens[0]]
    closed = "".join(tokens)
    for spelling in (closed, _STRETCHED.sub(r"\1", closed)):
        for times in range(1, len(spelling) // _REPEATABLE_FROM + 1) or (1,):
            compact = spelling[: len(spelling) // times]
            if (found := _compact(kind).get(compact)) and spelling == compact * times:
                return found
    return None


@cache
def _listed(kind: Kind) -> dict[str, Keyword]:
    listed: dict[str, Keyword] = {}
    for entry in _data()["set"]:
        if entry["kind"] == kind:
            for word in entry["words"]:
                listed.setdefault(normalise(word), Keyword(kind, word, entry["language"]))
    return listed


@cache
def _compact(kind: Kind) -> dict[str, Keyword]:
    return {word.replace(" ", ""): keyword for word, keyword in reversed(_listed(kind).items())}


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("consent").joinpath("keywords.toml").read_text(encoding="utf-8"))
