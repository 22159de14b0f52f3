"""How many SMS segments a text costs, and which characters make it cost more."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
_LIMITS: dict[str, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
_LAST_OF_BASIC_PLANE = "\uffff"


@dataclass(frozen=True, slots=True)
class Segments:
    """What a body costs.

    `units` are septets (GSM-7) or UTF-16 code units (UCS-2); `per_segment` is how many fit in each segment at
    this length; `remaining` is how many more units fit before another segment is needed; `offending` are the
    characters, each once and in order, that forced UCS-2.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    per_segment: int
    remaining: int
    offending: tuple[str, ...]

    @property
    def alphabet(self) -> str:
        """The encoding in words: how many characters fit in a segment of this text."""
        return f"{self.per_segment} characters to a segment ({self.encoding})"


@lru_cache(maxsize=4096)
def count(body: str) -> Segments:
    """Count `body` as it is, with no look-alike characters swapped in (Twilio's smart encoding stays off).

    An empty body is one segment: Twilio takes it only with media, and then charges one message.
    Source: 3GPP TS 23.038 §6.2.1 (alphabets), TS 23.040 §9.2.3.24.1 (the 6-byte header of a part).
    """
    if len(body) <= _LIMITS["GSM-7"][0] and GSM_BASIC.issuperset(body):
        return _one_part(len(body))
    offending = tuple(dict.fromkeys(c for c in body if c not in GSM_BASIC and c not in GSM_EXTENSION))
    encoding: Literal["GSM-7", "UCS-2"] = "UCS-2" if offending else "GSM-7"
    widths = [_width(character, encoding) for character in body]
    single, part = _LIMITS[encoding]
    units = sum(widths)
    if units <= single:
        return Segments(encoding, units, 1, single, single - units, offending)
    segments, used = _pack(widths, part)
    return Segments(encoding, units, segments, part, part - used, offending)


def _one_part(units: int) -> Segments:
    """What most texts are, told without looking at each character: a campaign counts a million of them."""
    single = _LIMITS["GSM-7"][0]
    return Segments("GSM-7", units, 1, single, single - units, ())


def _width(character: str, encoding: str) -> int:
    if encoding == "UCS-2":
        return 2 if character > _LAST_OF_BASIC_PLANE else 1
    return 2 if character in GSM_EXTENSION else 1


def _pack(widths: list[int], part: int) -> tuple[int, int]:
    """Fill parts in order, never splitting a character: (parts, units used in the last one)."""
    segments, used = 1, 0
    for width in widths:
        if used + width > part:
            segments, used = segments + 1, 0
        used += width
    return segments, used
