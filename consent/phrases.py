"""The phrases of `phrases.toml`, compiled once: plain words in, regular expressions over clauses out."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_NOTHING = re.compile(r"(?!)")


@cache
def texts(name: str) -> frozenset[str]:
    """A plain list of words of the file, e.g. `texts("typos")`."""
    return frozenset(_data()[name])


@cache
def pattern(name: str) -> re.Pattern[str]:
    """A list of patterns of the file as one expression, e.g. `pattern("harmless")`."""
    return _compile(_data()[name])


@cache
def clear() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(language, expression) for each language in which a phrase clearly asks to stop."""
    return tuple((entry["language"], _compile(entry["patterns"])) for entry in _data()["clear"])


@cache
def held() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """(why, expression) for each reason to hold a number until a person has looked."""
    return tuple((entry["why"], _compile(entry["patterns"])) for entry in _data()["held"])


def expression(phrase: str) -> str:
    """Translate one phrase; it is searched in clauses in which every word is followed by one space."""
    return r"(?<!\S)" + "".join(_token(token) for token in phrase.split())


def _token(token: str) -> str:
    if token == "...":  # noqa: S105 - a word of a phrase, no secret
        return r"(?:\S+ ){0,3}"
    if token in {"^", "$"}:
        return token
    optional = token.endswith("?")
    ways = "|".join(_word(word) for word in token.removesuffix("?").split("|"))
    return f"(?:{ways}){'?' if optional else ''}"


def _word(word: str) -> str:
    if word == "$":
        return "$"
    if word.startswith("<"):
        return "|".join(f"{each} " for each in _data()["classes"][word.strip("<>")])
    return f"{word} "


def _compile(phrases: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(expression, phrases))) if phrases else _NOTHING


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("consent").joinpath("phrases.toml").read_text(encoding="utf-8"))
