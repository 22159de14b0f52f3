"""How much a reply as a whole resembles an opt-out: a linear classifier over its letters, words, stems and concepts.

It was trained on labelled replies (`python -m benchmarks.opt_out_language.train`). It can only restrict: the more a
reply resembles an opt-out, the stricter it is read. No number is closed without a keyword or a phrase that says so.
"""

import json
import math
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, combinations, pairwise, product

from consent import vocabulary

Clauses = Sequence[Sequence[str]]

BUCKETS = 1 << 20
# How many letters of a word are seen together; spaces at its ends count.
_TOGETHER = (3, 4)
# What a word keeps in most of its forms: unsu(bscribe), mens(ajes).
_STEM = 4
# Up to so many words their number is told exactly.
_FEW = 6
# A reply says what it says in far less; a flood of text must not cost seconds.
_MOST_WORDS = 150


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned: a weight per bucket in units of `scale`, and the scores from which it restricts.

    From `agrees` a request that a phrase found closes the number, from `hinted` a mere hint holds it, and from
    `resembles` a reply in which no phrase found anything is held.
    """

    buckets: "array[int]"
    scale: float
    bias: float
    agrees: float
    hinted: float
    resembles: float
    trained_on: str


def resemblance(clauses: Clauses) -> float:
    """How much the clauses of a reply resemble what people write who want to stop, by the weights in use."""
    return score(clauses, weights())


def score(clauses: Clauses, learned: Weights) -> float:
    """The log-odds that the reply is an opt-out, as the classifier sees it."""
    return learned.bias + learned.scale * sum(
        value * learned.buckets[bucket] for bucket, value in features(clauses).items()
    )


def features(clauses: Clauses) -> dict[int, float]:
    """The weight of each bucket for a reply; each family of features counts the same in all."""
    read = list(_shortened(clauses))
    found: dict[int, float] = {}
    for family in _FAMILIES:
        named = set(family(read))
        for name in named:
            bucket = zlib.crc32(name.encode()) % BUCKETS
            found[bucket] = found.get(bucket, 0.0) + 1 / math.sqrt(len(named))
    return found


@cache
def weights() -> Weights:
    """The weights that are in use: `doubt.bin`."""
    return read(files("consent").joinpath("doubt.bin").read_bytes())


def read(stored: bytes) -> Weights:
    """Weights as they are stored: one line of JSON, then a signed byte per bucket."""
    head, _, body = stored.partition(b"\n")
    return Weights(buckets=array("b", body), **json.loads(head))


def _shortened(clauses: Clauses) -> Iterator[Sequence[str]]:
    """The last words of a reply: people first tell their story, and then ask."""
    left = _MOST_WORDS
    for clause in reversed(clauses):
        yield clause[-left:]
        left -= len(clause)
        if left <= 0:
            return


def _letters(clauses: Clauses) -> Iterator[str]:
    for word in chain.from_iterable(clauses):
        padded = f" {word} "
        for length in _TOGETHER:
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]


def _words(clauses: Clauses) -> Iterator[str]:
    for clause in clauses:
        yield from (f"word {word}" for word in clause)
        yield from (f"pair {one} {other}" for one, other in pairwise(_framed(clause)))


def _triples(clauses: Clauses) -> Iterator[str]:
    for clause in clauses:
        framed = _framed(clause)
        yield from (f"three {' '.join(three)}" for three in zip(framed, framed[1:], framed[2:], strict=False))


def _stems(clauses: Clauses) -> Iterator[str]:
    for stems in map(_stemmed, clauses):
        yield from (f"stem {stem}" for stem in stems)
        yield from (f"stems {one} {other}" for one, other in pairwise(_framed(stems)))


def _apart(clauses: Clauses) -> Iterator[str]:
    """Stems with one word between them."""
    for stems in map(_stemmed, clauses):
        framed = _framed(stems)
        yield from (f"apart {one} {other}" for one, other in zip(framed, framed[2:], strict=False))


def _concepts(clauses: Clauses) -> Iterator[str]:
    """The concepts of a clause and their order: the same for every language."""
    for meanings in map(_meanings, clauses):
        yield from (f"concept {letter}" for letter in "".join(meanings))
        for before, after in pairwise(["^", *meanings]):
            yield from (f"concepts {one}{other}" for one, other in product(before, after))


def _together(clauses: Clauses) -> Iterator[str]:
    """The concepts that a reply has at all, two by two."""
    concepts = sorted({letter for clause in clauses for meaning in _meanings(clause) for letter in meaning})
    yield from (f"with {one}{other}" for one, other in combinations(concepts, 2))


def _length(clauses: Clauses) -> Iterator[str]:
    words = sum(map(len, clauses))
    yield f"words {min(words, _FEW)}"
    yield f"about {int(2 * math.log2(words + 1))}"


_FAMILIES = (_letters, _words, _triples, _stems, _apart, _concepts, _together, _length)


def _framed(words: Sequence[str]) -> list[str]:
    return ["^", *words, "$"]


def _stemmed(clause: Sequence[str]) -> list[str]:
    return [word[:_STEM] for word in clause]


def _meanings(clause: Sequence[str]) -> list[str]:
    """The concepts of each word that has any, in the likeliest language of its clause."""
    if not (spoken := vocabulary.spoken(clause)):
        return []
    return [letters for word in clause if (letters := vocabulary.meaning(word, spoken[0].code))]
