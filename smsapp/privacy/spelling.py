"""A number in whatever spelling people, files and requests write it."""

import dataclasses
import functools
import re
import unicodedata
from typing import Any, Self

import phonenumbers
from django.db.models import F, Func, QuerySet, TextField, Value

MASK = "[erased]"
# Shorter ones are only recognised together with their country's code: too many figures look like them.
_LONG_ENOUGH = 8
_BETWEEN = r"[\s().\-/\u00a0\u2010-\u2015]{0,3}"
_FOREIGN = "".join(chr(zero + n) for zero in (0x660, 0x6F0, 0x966, 0xFF10) for n in range(10))
_ASCII = "0123456789" * 4


@dataclasses.dataclass(frozen=True, slots=True)
class Spelled:
    """One address in all its spellings. `core` is the run of digits (or the whole address) that all contain."""

    core: str
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, address: str) -> Self:
        """The spellings of an address of any channel; of a phone number also without its country's code."""
        try:
            number = phonenumbers.parse(address)
        except phonenumbers.NumberParseException:
            return cls(address, re.compile(re.escape(address)))
        code, rest = str(number.country_code), phonenumbers.national_significant_number(number)
        prefix = (
            rf"(?:(?:\+|00|011)?{_BETWEEN}{_BETWEEN.join(code)}{_BETWEEN}(?:\(0\))?{_BETWEEN}|0{_BETWEEN})"
        )
        is_long = len(rest) >= _LONG_ENOUGH
        core = rest if is_long else code + rest
        spelled = rf"(?<!\d){prefix}{'?' if is_long else ''}{_BETWEEN.join(rest)}(?!\d)"
        return cls(core, re.compile(spelled))

    def is_in(self, text: str) -> bool:
        """Whether the text names this address."""
        return self.pattern.search(_plain(text)) is not None

    def masked(self, text: str) -> str:
        """The text with every spelling of the address replaced."""
        spans = [found.span() for found in self.pattern.finditer(_plain(text))]
        for start, end in reversed(spans):
            text = text[:start] + MASK + text[end:]
        return text

    def rows_with(self, rows: "QuerySet[Any]", column: str) -> "QuerySet[Any]":
        """The rows whose column may name the address; `is_in` has the last word."""
        name = column
        if self.core.isdigit():
            name = f"{column}_digits"
            rows = rows.alias(**{name: _digits(column)})
        found: QuerySet[Any] = rows.filter(**{f"{name}__contains": self.core})
        return found


def _plain(text: str) -> str:
    """The same text, letter by letter, with the digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)


@functools.cache
def _digits(column: str) -> Func:
    text = TextField()
    ascii_only = Func(F(column), Value(_FOREIGN), Value(_ASCII), function="translate", output_field=text)
    return Func(
        ascii_only,
        Value("[^0-9]"),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=text,
    )
