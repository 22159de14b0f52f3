"""From TOML text to a checked program file, or to every problem in it at once, each with its path."""

import dataclasses
import difflib
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from campaigns.program_file_schema import ProgramFile


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: `path` is like "campaign[0].value", or "" for the file itself."""

    path: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}: {self.words}" if self.path else self.words


class BadProgramFile(ValueError):
    """A program file that cannot be applied; `problems` says why, all at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def read(path: Path) -> ProgramFile:
    """Read and check one file; raises BadProgramFile."""
    try:
        return parse(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadProgramFile([Problem("", f"cannot read {path}: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise BadProgramFile([Problem("", f"{path} is not UTF-8; save it as UTF-8")]) from error


def parse(text: str) -> ProgramFile:
    """Check the text of a program file; raises BadProgramFile."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadProgramFile([Problem("", f"not TOML: {error}")]) from error
    try:
        return ProgramFile.model_validate(content)
    except ValidationError as error:
        raise BadProgramFile([_explain(dict(detail)) for detail in error.errors()]) from error


def _explain(detail: dict[str, Any]) -> Problem:
    path = path_of(detail["loc"])
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            words = "is missing"
        case "extra_forbidden":
            words = _unknown_key(detail["loc"])
        case "enum":
            words = f"{detail['input']!r} is not known; must be one of: {_listed(context['expected'])}"
        case "string_pattern_mismatch":
            words = f"{detail['input']!r} is not in the form {context['pattern']}"
        case "string_too_long":
            words = f"is longer than {context['max_length']} characters"
        case "timezone_aware":
            words = "has no time zone; write e.g. 2026-12-01T15:00:00-05:00"
        case "bool_type":
            words = "must be true or false"
        case "model_type" | "dict_type":
            words = "must be a table"
        case "program_file":
            words = context["words"]
        case _:
            words = (
                detail["msg"]
                .replace("Input should", "must")
                .replace("List should", "must")
                .replace("a valid string", "text")
            )
    return Problem(path, words)


def path_of(location: tuple[str | int, ...]) -> str:
    """Write ("campaign", 0, "value") as "campaign[0].value"."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location).lstrip(".")


def _listed(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")


def _unknown_key(location: tuple[str | int, ...]) -> str:
    known = _keys_at(location[:-1])
    close = difflib.get_close_matches(str(location[-1]), known, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"is not a key here; {hint}known: {', '.join(known)}"


def _keys_at(location: tuple[str | int, ...]) -> list[str]:
    table: type[BaseModel] = ProgramFile
    for step in location:
        if isinstance(step, str):
            table = _table_in(table.model_fields[step].annotation)
    return list(table.model_fields)


def _table_in(annotation: Any) -> type[BaseModel]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return _table_in(get_args(annotation)[0])
