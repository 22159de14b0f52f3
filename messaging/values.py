"""What may be filled into a text: words and numbers, cleaned, and nothing that has methods."""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

ATTRIBUTES = "attributes"
# All of Unicode's control characters (category Cc) but the new line.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_TEMPLATE_MARKS = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")


def values_for(names: AbstractSet[str], variables: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every name used, blank when there is none, lest it find a field of Context itself.

    Attributes may be named plainly too; a list or a mapping is no word, so its default speaks for it.
    """
    given = variables.get(ATTRIBUTES)
    attributes = given if isinstance(given, Mapping) else {}
    plain = {name for name in names if "." not in name}
    dotted = {name.partition(".")[2] for name in names - plain}
    values = {name: _clean(variables.get(name, attributes.get(name))) for name in plain}
    return values | {ATTRIBUTES: _Blank({name: _clean(attributes.get(name)) for name in dotted})}


def _clean(value: Any) -> Any:
    if isinstance(value, bool | int | float):
        return value
    if not isinstance(value, str):
        return ""
    return " ".join(without_controls(_TEMPLATE_MARKS.sub(" ", value).replace("\n", " ")).split())


def without_controls(text: str) -> str:
    """The text with every control character but the new line made a space."""
    # Python knows of most texts at a glance that there is none.
    return text if text.isprintable() else _CONTROLS.sub(" ", text)


class _Blank(dict[str, Any]):
    """Attributes without methods to reach: a missing one is blank, never an attribute of the mapping."""

    def __missing__(self, _name: str) -> str:
        return ""
