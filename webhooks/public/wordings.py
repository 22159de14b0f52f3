"""The wordings of public pages: one table for each language in a package's `words.toml`."""

import dataclasses
import tomllib
from collections.abc import Collection, Iterable
from functools import cache
from importlib.resources import files

from django.utils.translation.trans_real import parse_accept_lang_header


@dataclasses.dataclass(frozen=True, slots=True)
class Wordings:
    """The wordings that lie in a package, read once."""

    package: str

    def languages(self) -> tuple[str, ...]:
        """The languages there are, e.g. ("en", "es", …)."""
        return tuple(_read(self.package))

    def of(self, language: str) -> dict[str, str]:
        """All wordings of a language, by their names; some have {names} to fill in. Raises KeyError without it."""
        return _read(self.package)[language]

    def language_of(self, locale: str) -> str:
        """The language of a locale ("pt-BR": "pt"), or "" when there are no wordings in it."""
        language = locale.replace("_", "-").partition("-")[0].lower()
        return language if language in _read(self.package) else ""

    def choose(self, offered: Collection[str], wanted: Iterable[str]) -> str:
        """The first wanted locale that is offered, else the first that is; `offered` is not empty."""
        found = (language for locale in wanted if (language := self.language_of(locale)) in offered)
        return next(found, next(iter(offered)))


def accepted(header: str) -> list[str]:
    """The locales of an Accept-Language header, the best first."""
    return [locale for locale, _ in parse_accept_lang_header(header)]


@cache
def _read(package: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(files(package).joinpath("words.toml").read_text(encoding="utf-8"))
