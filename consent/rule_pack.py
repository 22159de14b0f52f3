"""The rule pack: law, carrier and house numbers as data, read from `consent/rulepacks/*.toml`."""

import dataclasses
import datetime as dt
import hashlib
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from consent.rule_pack_reading import RulePackError, read
from consent.rule_pack_rows import Inherited, Requirement, Row, Rule, Setting

ANY_STATE = "??"
_CACHED_PLACES = 8192


@dataclasses.dataclass(frozen=True, eq=False)
class RulePack:
    """All rows of one version. Compared and cached by identity: a pack never changes."""

    version: str
    rules: tuple[Rule, ...]
    inherited: tuple[Inherited, ...]
    settings: tuple[Setting, ...]
    requirements: tuple[Requirement, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return (*self.rules, *self.inherited, *self.settings, *self.requirements)

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries served, in the order of their letters."""
        return tuple(sorted({rule.jurisdiction for rule in self.rules if "-" not in rule.jurisdiction}))

    def serves(self, jurisdictions: frozenset[str]) -> bool:
        """Whether the pack has the law of all these places; of an unknown place it has not."""
        return _serves(self, jurisdictions)

    def rules_for(self, jurisdictions: frozenset[str], purpose: str) -> tuple[Rule, ...]:
        """Every row that binds in any of these places: "GB", "US-FL", or "US-??" for any state."""
        return tuple(
            rule
            for rule in self.rules
            if rule.purpose == purpose and any(_binds(rule.jurisdiction, place) for place in jurisdictions)
        )

    def cap_per_day(self, jurisdictions: frozenset[str], purpose: str, day: dt.date) -> int | None:
        """The smallest cap that binds in any of these places on this day; None: no cap."""
        return _cap_per_day(self, jurisdictions, purpose, day)

    def setting(self, name: str) -> int:
        """The value of a setting. Raises KeyError for an unknown name."""
        return _values(self)[name]


@lru_cache(_CACHED_PLACES)
def _serves(pack: RulePack, jurisdictions: frozenset[str]) -> bool:
    return bool(jurisdictions) and all(place.partition("-")[0] in pack.countries for place in jurisdictions)


@lru_cache(_CACHED_PLACES)
def _cap_per_day(pack: RulePack, jurisdictions: frozenset[str], purpose: str, day: dt.date) -> int | None:
    rules = pack.rules_for(jurisdictions, purpose)
    caps = [rule.cap_per_day for rule in rules if rule.cap_per_day is not None and rule.is_in_effect(day)]
    return min(caps, default=None)


@cache
def _values(pack: RulePack) -> dict[str, int]:
    return {setting.name: setting.value for setting in pack.settings}


def _binds(jurisdiction: str, place: str) -> bool:
    country, _, state = place.partition("-")
    if state == ANY_STATE:
        return jurisdiction[:2] == country
    return jurisdiction in {country, place}


@cache
def current() -> RulePack:
    """The pack shipped with this version of the product. Raises RulePackError."""
    return _of_folder(files("consent").joinpath("rulepacks"))


def proposed(folder: Path) -> RulePack:
    """The pack of the TOML files in `folder`, as somebody proposes it. Raises RulePackError."""
    if not folder.is_dir():
        raise RulePackError(f"{folder} is not a folder; name one that holds the pack's .toml files")
    pack = _of_folder(folder)
    if not pack.rules:
        raise RulePackError(f"{folder} holds no .toml file with rules")
    return pack


def _of_folder(folder: Traversable) -> RulePack:
    texts = {
        item.name: item.read_text(encoding="utf-8")
        for item in folder.iterdir()
        if item.name.endswith(".toml")
    }
    return parse(texts)


def parse(texts: dict[str, str]) -> RulePack:
    """A pack from its files' texts by name.

    Its version is the newest review date and a short hash over the names and contents of all files.
    Raises RulePackError.
    """
    rows = read(texts)
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:12]
    newest = max((row.review_date for kind in rows for row in kind), default=dt.date.min)
    return RulePack(version=f"{newest}.{digest}", **rows._asdict())
