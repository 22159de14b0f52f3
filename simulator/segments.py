"""Counts the SMS segments of a text as carriers bill them: GSM-7 septets or UCS-2 code units."""

import re

_EXTENSION = "^{}\\[~]|€\f"
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_SINGLE = re.compile(f"[{re.escape(_BASIC)}]*")
_GSM_ANY = re.compile(f"[{re.escape(_BASIC + _EXTENSION)}]*")
_GSM_ONE, _GSM_EACH = 160, 153
_UCS_ONE, _UCS_EACH = 70, 67
_SURROGATE_START = 0xFFFF


def count_segments(body: str) -> int:
    """Return how many segments `body` takes; an empty text (media only) takes one."""
    if _GSM_SINGLE.fullmatch(body):
        if len(body) <= _GSM_ONE:
            return 1
        return -(-len(body) // _GSM_EACH)
    if _GSM_ANY.fullmatch(body):
        return _pack([2 if char in _EXTENSION else 1 for char in body], _GSM_ONE, _GSM_EACH)
    return _pack([2 if ord(char) > _SURROGATE_START else 1 for char in body], _UCS_ONE, _UCS_EACH)


def _pack(widths: list[int], one: int, each: int) -> int:
    """Fill segments of `each` units without splitting a two-unit character over a boundary."""
    if sum(widths) <= one:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > each:
            segments, used = segments + 1, 0
        used += width
    return segments
