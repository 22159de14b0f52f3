"""The little language in which people's phrases are written: patterns in, regular expressions out.

A clause is told to the patterns as its words, each with the letters of the concepts it stands for:
"stop/a texting/b me/ch ". In a pattern

    word      that very word                 ^   here the clause begins
    stem*     a word that begins so          $   here the clause ends
    <stop>    any word of that concept;      -   up to four small words ("all of your")
    a|b|<c>   either                         ~   the same, with at most one other word among them
                                             =   any number of small words, fillers and polite ends
    !...a     and none of the next four words is that
    a?        may be missing                 ... up to three words of any kind
    !a        and the next word is not that (nor is it missing, for `!$`)
"""

import re
from collections.abc import Iterable, Mapping
from string import ascii_letters

_NOTHING = re.compile(r"(?!)")
_ANY = r"\S+ "
_TOKEN = re.compile(r"!?(?:\.\.\.)?(?:<[a-z_|]+>|[^|<>?!]+)(?:\|(?:<[a-z_|]+>|[^|<>?!]+))*\??")
_CONCEPTS = re.compile(r"<([^>]+)>")
_WAYS = re.compile(r"<[^>]+>|[^|<>]+")


class Phrasebook:
    """Compiles patterns for clauses in which each concept is told by its letter."""

    def __init__(self, concepts: Iterable[str]) -> None:
        self.letters: Mapping[str, str] = dict(zip(concepts, ascii_letters, strict=False))
        small = self._word("<small>")
        self._gaps = {
            "^": "^",
            "$": "$",
            "...": f"(?:{_ANY}){{0,3}}",
            "-": f"(?:{small}){{0,4}}",
            "=": f"(?:{self._word('<small|end|filler>')})*",
            "~": f"(?:{small}){{0,4}}(?:{_ANY})?(?:{small}){{0,3}}",
        }

    def compile(self, patterns: Iterable[str]) -> re.Pattern[str]:
        """One expression that finds any of the patterns; of none, nothing."""
        ways = [self._pattern(pattern) for pattern in patterns]
        # That a word begins is asked once, and not by each of hundreds of ways at each letter.
        return re.compile(rf"(?<!\S)(?:{'|'.join(ways)})") if ways else _NOTHING

    def named(self, patterns: Iterable[str]) -> frozenset[str]:
        """The words that patterns name themselves, stems with their star."""
        tokens = (token.strip("!?.") for pattern in patterns for token in pattern.split())
        return frozenset(word for token in tokens for word in _WAYS.findall(token) if word[0].isalpha())

    def tell(self, words: Iterable[tuple[str, str]]) -> str:
        """A clause as patterns read it, of (word, letters of its concepts)."""
        return "".join(f"{word}/{letters} " for word, letters in words)

    def _pattern(self, pattern: str) -> str:
        """The expression of one pattern.

        Raises:
            ValueError: The pattern has a token that is not written as above, or names no known concept.
        """
        for token in pattern.split():
            unknown = {
                name for names in _CONCEPTS.findall(token) for name in names.split("|")
            } - self.letters.keys()
            if unknown or not _TOKEN.fullmatch(token):
                raise ValueError(f"pattern {pattern!r}: {token!r} is no token, or one of an unknown concept")
        return "".join(self._token(token) for token in pattern.split())

    def _token(self, token: str) -> str:
        if token in self._gaps:
            return self._gaps[token]
        if token.startswith("!..."):
            return f"(?!(?:{_ANY}){{0,3}}(?:{self._ways(token[4:])}))"
        if token.startswith("!"):
            return f"(?!{self._ways(token[1:])})"
        if token.endswith("?"):
            return f"(?:{self._ways(token[:-1])})?"
        return f"(?:{self._ways(token)})"

    def _ways(self, token: str) -> str:
        return "|".join(self._word(word) for word in _WAYS.findall(token))

    def _word(self, word: str) -> str:
        if word == "$":
            return "$"
        if word.startswith("<"):
            letters = "".join(self.letters[concept] for concept in word[1:-1].split("|"))
            # In one way only, however many of its concepts a word has: repeated, two ways each are too many to try.
            return rf"[^/ ]+/[^ {letters}]*[{letters}]\w* "
        return rf"{word[:-1]}[^/ ]*/\w* " if word.endswith("*") else rf"{word}/\w* "


def plain(told: str) -> str:
    """The words alone of (a part of) a clause as patterns read it."""
    return " ".join(word.partition("/")[0] for word in told.split())
