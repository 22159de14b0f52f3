"""Known exports of other providers: how each is recognised and what its columns say, from `consent/layouts/*.toml`."""

import datetime as dt
import tomllib
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from consent.intake_columns import NAMES
from contacts.csv_rows import key_of

STANDARD = "standard"  # our own
BY_HAND = "by_hand"  # the layout of a file whose columns a person chose


class Times(BaseModel):
    """How moments are written where that differs from ISO 8601 in the brand's zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formats: tuple[str, ...] = ()  # as of strptime, tried in this order
    zone: str = ""  # of moments that name none; blank: the brand's


class Layout(BaseModel):
    """One export. Our columns are on the left, theirs on the right, as they are called there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: str
    name: str
    source: str = Field(description="Where its columns are told")
    checked_on: dt.date
    unverified: str = Field(default="", description="What of it could not be seen in a real export")
    note: str = Field(default="", description="What a person should know who imports it")
    recognised_by: tuple[str, ...] = Field(
        description="Columns that are all there in this export and in no other"
    )
    columns: dict[str, tuple[str, ...]] = Field(
        description="Ours → theirs; of several the first that is there"
    )
    constants: dict[str, str] = {}
    values: dict[str, dict[str, str]] = Field(default={}, description="Our column → their value → ours")
    kind: Literal["people", "opt_outs"] = Field(
        default="people", description="opt_outs: everybody in it left"
    )
    leavers: tuple[str, ...] = Field(default=(), description="Words in their consent column that mean: left")
    times: Times = Times()


@cache
def layouts() -> dict[str, Layout]:
    """All known exports by slug; raises pydantic's ValidationError, which names the field that is wrong."""
    found = {}
    for file in sorted((files("consent") / "layouts").iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            slug = file.name.removesuffix(".toml")
            found[slug] = Layout(slug=slug, **tomllib.loads(file.read_text(encoding="utf-8")))
            unknown = {*found[slug].columns, *found[slug].constants, *found[slug].values} - NAMES
            if unknown:
                raise ValueError(f"{file.name}: no such columns of ours: {', '.join(sorted(unknown))}")
    return found


def recognise(columns: Collection[str]) -> Layout | None:
    """The layout whose telling columns are all among `columns`; of several the one that asks for most."""
    keys = {key_of(column) for column in columns}
    fitting = [
        layout for layout in layouts().values() if {key_of(name) for name in layout.recognised_by} <= keys
    ]
    return max(fitting, key=lambda layout: len(layout.recognised_by), default=None)
