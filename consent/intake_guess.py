"""What the columns of an unknown file may be, by how such columns are usually called: for a person to confirm."""

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

from consent.intake_columns import NAMES, columns_of
from contacts.csv_rows import Shape


def guess(shape: Shape, kind: str) -> dict[str, str]:
    """Our column → the column of the file that it may be. Each of theirs is taken once; nothing is read by this."""
    if not shape.has_header:
        return {}
    left = {_plain(name): name for name in reversed(shape.columns)}
    found = {}
    for column in columns_of(kind):
        usual = (_plain(column.name), *_headers().get(column.name, ()))
        fitting = next((name for name in usual if name in left), None)
        if fitting:
            found[column.name] = left.pop(fitting)
    return found


@cache
def _headers() -> dict[str, tuple[str, ...]]:
    """The usual names, spelled plainly; raises ValueError for a column that is none of ours."""
    read = tomllib.loads(files("consent").joinpath("headers.toml").read_text(encoding="utf-8"))
    if unknown := set(read) - NAMES:
        raise ValueError(f"headers.toml: no such columns of ours: {', '.join(sorted(unknown))}")
    return {ours: tuple(map(_plain, names)) for ours, names in read.items()}


def _plain(name: str) -> str:
    """Letters and digits alone, without case and accents: "Téléphone (mobile)" is telephonemobile."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name.casefold()) if sign.isalnum())
