"""Which languages a clause may be in, and what its words stand for there."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

from consent.keywords import unmasked
from consent.language import Language, common, languages, phrasebook

_STRETCHED = re.compile(r"(\w)\1{2,}")
# A language counts when it knows nearly as many words of the clause as the one that knows most.
_NEARLY = 0.7


def spoken(words: Sequence[str]) -> list[Language]:
    """The languages in which these words may say something about texts, the likeliest first."""
    known: dict[str, int] = {}
    telling: set[str] = set()
    for word in words:
        for code, is_telling in _speakers(word):
            known[code] = known.get(code, 0) + 1
            if is_telling:
                telling.add(code)
    enough = _NEARLY * max(known.values(), default=0)
    likely = [code for code in telling if known[code] >= enough]
    return [languages()[code] for code in sorted(likely, key=lambda code: (-known[code], code != "en", code))]


def tell(words: Iterable[str], language: Language) -> str:
    """A clause as the patterns of a language read it."""
    return phrasebook().tell((word, meaning(word, language.code)) for word in words)


@lru_cache(maxsize=65_536)
def meaning(word: str, code: str) -> str:
    """The letters of a word's concepts in a language, also when it is written with 0 for O or Cyrillic letters."""
    says = languages()[code].says
    return says(word) or next(filter(None, map(says, _plainer(word))), "")


def _plainer(word: str) -> Iterator[str]:
    """How a word is written without masks and stretched letters: st0p, stooop."""
    if not (word.isascii() and word.isalpha()):
        yield unmasked(word)
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1\1", word)
        yield _STRETCHED.sub(r"\1", word)


@lru_cache(maxsize=65_536)
def _speakers(word: str) -> tuple[tuple[str, bool], ...]:
    """The languages that know a word, and whether it alone may tell something of texts there.

    A misspelled word counts only when no language knows it as it is written.
    """
    stems = (f"{word[:length]}*" for length in range(2, len(word) + 1))
    codes = {code for spelling in (word, *stems) for code in _owners().get(spelling, ())}
    if not codes:
        codes = {code for code in languages() if meaning(word, code) and word not in languages()[code].exact}
    return tuple((code, _is_telling(word, code)) for code in sorted(codes))


def _is_telling(word: str, code: str) -> bool:
    return bool(set(meaning(word, code)) - common()) or languages()[code].names(word)


@cache
def _owners() -> dict[str, tuple[str, ...]]:
    """The languages of each word and stem: those in whose own tables or patterns it stands, not only borrowed."""
    owners: dict[str, tuple[str, ...]] = {}
    for code, language in languages().items():
        for word in language.own | language.named:
            owners[word] = (*owners.get(word, ()), code)
    return owners
