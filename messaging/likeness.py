"""How much two texts are alike: 64 bits of which nearly the same texts share nearly all."""

import hashlib
import itertools
import re
from collections import Counter
from functools import lru_cache

from consent import keywords
from consent.rules.repetition import BITS

# What differs from reader to reader: what is filled in, and links.
_OF_THE_READER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|https?://\S+|www\.\S+", re.DOTALL)
_NUMBER = re.compile(r"\S*\d\S*")
# "20% off" and "30% off" are one promotion, but "Step 1" and "Step 2" are nothing without their numbers.
_FEWEST_WORDS = 4


@lru_cache(maxsize=4096)
def of(body: str) -> int:
    """The likeness of a text, best taken before names are filled in: a signed 64-bit number, 0 without any word.

    Charikar's simhash (STOC 2002) over the words and the pairs of neighbours: each has a hash, each hash a vote on
    every bit, and the majority decides. So a changed word moves few bits, and another text moves half of them.
    """
    words = _words(body)
    features = Counter([*words, *map(" ".join, itertools.pairwise(words))])
    votes = [0] * BITS
    for feature, count in features.items():
        bits = int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=BITS // 8).digest(), "big")
        for place in range(BITS):
            votes[place] += count if bits >> place & 1 else -count
    found = sum(1 << place for place, vote in enumerate(votes) if vote > 0)
    return found - (1 << BITS) if found >> (BITS - 1) else found


def _words(body: str) -> list[str]:
    common = _OF_THE_READER.sub(" ", body)
    words = keywords.normalise(_NUMBER.sub(" ", common)).split()
    return words if len(words) >= _FEWEST_WORDS else keywords.normalise(common).split()
