"""What the handset answers to a join request: the confirm word, nearly the confirm word, or a date of birth."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Literal

from consent import keywords
from consent.spelling import is_one_slip
from consent.understanding import understand

Said = Literal["agreed", "not_the_word", "of_age", "under_age", "unclear"]

# Any yes but the word itself: Twilio takes YES for START, so a yes proves nothing about this program.
YES = frozenset(
    {
        "yes", "y", "ye", "yep", "yeah", "yup", "ok", "okay", "k", "sure", "of course", "i do", "confirm", "join",
        "si", "claro", "vale", "oui", "d accord", "daccord", "bien sur", "sim", "ja", "klar", "jawohl", "certo",
        "va bene", "tak", "dobrze", "jasne", "akkoord",
    }
)  # fmt: skip
# What may stand beside the word without changing it: "I agree", "yes, agree".
BESIDE = frozenset({"i", "yes", "ok", "okay", "sure"})
LONG_ENOUGH_TO_MISTYPE = 5
# A longer text with figures in it is no attempt at a date.
LONGEST_ATTEMPT_WORDS = 6
OLDEST = 110

# The month by the first letters of its name, in en, es, fr, pt, de, it, nl and pl, without accents; longer ones first.
MONTHS = {
    "juin": 6, "juil": 7,
    "jan": 1, "ene": 1, "gen": 1, "sty": 1, "feb": 2, "fev": 2, "lut": 2, "mar": 3, "maa": 3, "mrt": 3,
    "apr": 4, "avr": 4, "abr": 4, "kwi": 4, "may": 5, "mai": 5, "mag": 5, "mei": 5, "maj": 5,
    "jun": 6, "giu": 6, "cze": 6, "jul": 7, "lug": 7, "lip": 7, "aug": 8, "aou": 8, "ago": 8, "sie": 8,
    "sep": 9, "set": 9, "wrz": 9, "oct": 10, "okt": 10, "ott": 10, "out": 10, "paz": 10,
    "nov": 11, "lis": 11, "dec": 12, "dez": 12, "des": 12, "dic": 12, "gru": 12,
}  # fmt: skip
_FILLER = re.compile(r"\b(?:de|of|do|del|the|le|el)\b")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|er|e|o)\b")
_NUMBERS = re.compile(r"\b(\d{1,2}|\d{4}) (\d{1,2}) (\d{4}|\d{2})\b")
_DAY_FIRST = re.compile(r"\b(\d{1,2}) ([a-z]{3,}) (\d{4}|\d{2})\b")
_NAME_FIRST = re.compile(r"\b([a-z]{3,}) (\d{1,2}) (\d{4}|\d{2})\b")
_YEAR_FIRST = re.compile(r"\b(\d{4}) ([a-z]{3,}) (\d{1,2})\b")
_RUN = re.compile(r"\b\d{8}\b")


def to_the_word(text: str, word: str) -> Said | None:
    """Whether a text is the confirm word, written as people write, or a yes that is not the word; None: neither."""
    plain, wanted = keywords.normalise(text), keywords.normalise(word)
    bare = keywords.without_politeness(plain) or plain
    rest = [token for token in bare.split() if token not in BESIDE] or bare.split()
    said = " ".join(rest)
    if said.replace(" ", "") == wanted.replace(" ", ""):
        return "agreed"
    if len(wanted) >= LONG_ENOUGH_TO_MISTYPE and len(rest) == 1 and is_one_slip(said, wanted):
        return "agreed"
    return "not_the_word" if said in YES or plain in YES else None


def problem_of_word(word: str) -> str:
    """Why a word cannot be a program's confirm word, in words; "" when it can."""
    plain = keywords.normalise(word)
    if not plain or " " in plain:
        return f"{word!r} must be one word"
    if plain in YES:
        return f"{word!r} is a yes, which Twilio takes for START; choose a word that only means joining, e.g. AGREE"
    if keyword := keywords.match(word):
        return f"{word!r} already means {keyword.kind}; choose a word that leaves and helps nobody"
    if understand(word).outcome != "ordinary":
        return f"{word!r} sounds like leaving; choose another"
    return ""


def to_the_age(text: str, *, least: int, on: dt.date) -> Said | None:
    """Whether the date of birth in a text makes the person at least so old on a day; None: it tries to be none.

    A date that can be read in several ways, and is of age in one and not in another, is unclear.
    """
    plain = keywords.normalise(text)
    born = {day for day in birth_dates(text) if day <= on and _age(day, on) <= OLDEST}
    verdicts = {_age(day, on) >= least for day in born}
    if verdicts == {True}:
        return "of_age"
    if verdicts == {False}:
        return "under_age"
    is_attempt = any(c.isdigit() for c in plain) and len(plain.split()) <= LONGEST_ATTEMPT_WORDS
    return "unclear" if verdicts or is_attempt else None


def birth_dates(text: str) -> set[dt.date]:
    """Every day that a date in this text may mean: 5/3/1990 is two, 5 MAR 1990 is one."""
    plain = " ".join(_ORDINAL.sub(r"\1", _FILLER.sub(" ", keywords.normalise(text))).split())
    return {day for year, month, number in _readings(plain) if (day := _day(year, month, number))}


def _readings(plain: str) -> Iterator[tuple[int, int, int]]:
    for first, second, third in _NUMBERS.findall(plain):
        yield from _of_numbers(first, second, third)
    for run in _RUN.findall(plain):
        yield from _of_numbers(run[:2], run[2:4], run[4:])
        yield from _of_numbers(run[:4], run[4:6], run[6:])
    named = [(day, name, year) for day, name, year in _DAY_FIRST.findall(plain)]
    named += [(day, name, year) for name, day, year in _NAME_FIRST.findall(plain)]
    named += [(day, name, year) for year, name, day in _YEAR_FIRST.findall(plain)]
    for day, name, year in named:
        month = MONTHS.get(name[:4]) or MONTHS.get(name[:3])
        if month:
            yield from ((full, month, int(day)) for full in _years(year))


def _of_numbers(first: str, second: str, third: str) -> Iterator[tuple[int, int, int]]:
    """The readings of three numbers: year first, or the year last with day and month in either order."""
    if len(first) == len("1990"):
        yield int(first), int(second), int(third)
        return
    for year in _years(third):
        yield year, int(second), int(first)
        yield year, int(first), int(second)


def _years(written: str) -> Iterable[int]:
    return (int(written),) if len(written) == len("1990") else (1900 + int(written), 2000 + int(written))


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _age(born: dt.date, on: dt.date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
