"""How much a reply, as a whole, is like opt-outs, and like clear requests: two linear classifiers over what it says.

They look at letters, words, stems and concepts, were trained on labelled replies
(`python -m benchmarks.opt_out_language.train`), and the more a reply is like an opt-out, the stricter it is read.
"""

import json
import math
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
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
class Resemblance:
    """Log-odds, as the classifiers see it, that a reply is an opt-out at all, and that it is a clear request."""

    opt_out: float
    request: float


@dataclass(frozen=True, slots=True)
class Classifier:
    """What one of the two has learned: a weight per bucket in units of `scale`, and the score of no words at all."""

    buckets: "array[int]"
    scale: float
    bias: float

    def score(self, found: Mapping[int, float]) -> float:
        return self.bias + self.scale * sum(value * self.buckets[bucket] for bucket, value in found.items())


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where a resemblance restricts.

    To opt-outs: from `requested` what a phrase took for a request closes the number, below it is held; from `hinted` a
    mere hint holds, and from `alone` a reply in which no phrase found anything.
    To clear requests: from `asked` the number is closed although no phrase took the reply for a request.
    """

    requested: float
    hinted: float
    alone: float
    asked: float


@dataclass(frozen=True, slots=True)
class Learned:
    """All that was learned, the languages read often enough to say no in, and the fingerprint of the replies read."""

    opt_out: Classifier
    request: Classifier
    thresholds: Thresholds
    languages: frozenset[str]
    trained_on: str


def of(clauses: Clauses, learned: Learned) -> Resemblance:
    """What the clauses of a reply are like."""
    found = features(clauses)
    return Resemblance(opt_out=learned.opt_out.score(found), request=learned.request.score(found))


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
def in_use() -> Learned:
    """What `resemblance.bin` holds."""
    return read(files("consent").joinpath("resemblance.bin").read_bytes())


def read(stored: bytes) -> Learned:
    """What was learned, as it is stored: a line of JSON, then a signed byte per bucket of both, compressed."""
    line, _, body = stored.partition(b"\n")
    head, buckets = json.loads(line), array("b", zlib.decompress(body))
    return Learned(
        opt_out=Classifier(buckets[:BUCKETS], **head["opt_out"]),
        request=Classifier(buckets[BUCKETS:], **head["request"]),
        thresholds=Thresholds(**head["thresholds"]),
        languages=frozenset(head["languages"]),
        trained_on=head["trained_on"],
    )


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
