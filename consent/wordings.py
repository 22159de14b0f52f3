"""The wordings of consent texts in every language we have; a program's own welcome and HELP answer come first."""

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from consent.models import JoinRequest, Program

ENGLISH = "en"


def text(kind: str, language: str, **values: Any) -> str:
    """The wording of a kind, e.g. "goodbye", in a language of `languages()`, its {names} filled in.

    Raises KeyError for a kind, a language or a name that the wordings do not have.
    """
    return _data()[language][kind].format(**values)


def languages() -> tuple[str, ...]:
    """The languages we have wordings in, e.g. ("en", "es", …)."""
    return tuple(_data())


def choose(program: Program | None, wanted: Iterable[str]) -> str:
    """The language for a person of a program: the first locale wanted ("pt-BR", "es") that we and the program have.

    A program that names its locales speaks no others, and its first one stands in; else English does.
    """
    offered = [
        language for locale in (program.locales if program else ()) if (language := language_of(locale))
    ]
    for locale in wanted:
        language = language_of(locale)
        if language and (not offered or language in offered):
            return language
    return offered[0] if offered else ENGLISH


def welcome(program: Program, language: str) -> str:
    """What greets somebody who has joined: the program's own words, or all that carriers ask for."""
    return program.welcome or text("welcome", language, name=program.name, frequency=program.frequency)


def question(row: JoinRequest, *, is_again: bool = False) -> str:
    """What an open request asks the handset, for the first time or again."""
    program, language, again = row.program, row.locale, "_again" if is_again else ""
    if row.awaits == JoinRequest.Awaits.WORD:
        word = program.confirm_word.upper()
        return text(f"ask_word{again}", language, name=program.name, word=word, frequency=program.frequency)
    written = date_format(language, row.point.country or program.country)
    return text(f"ask_age{again}", language, name=program.name, age=program.age_gate, format=written)


def under_age(program: Program, language: str) -> str:
    """What somebody is told who is too young for the program."""
    return text("under_age", language, name=program.name, age=program.age_gate)


def date_format(language: str, country: str) -> str:
    """How a date is asked for, e.g. "MM/DD/YYYY": the order of the country, in the letters of the language."""
    return str(_data()[language]["date_us" if country in MONTH_FIRST else "date"])


# Where the month is written first; everywhere else the day is, or all is written from the year on.
MONTH_FIRST = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "PH"})


def language_of(locale: str) -> str:
    """The language of a locale ("pt-BR": "pt"), or "" when we have no wordings in it."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in _data() else ""


@cache
def _data() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("consent").joinpath("wordings.toml").read_text(encoding="utf-8"))
