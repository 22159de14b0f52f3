"""Each promise of docs/promises.md is backed by tests that exist."""

import ast
import re

from tests.architecture import tree

PROMISES = tree.ROOT / "docs" / "promises.md"
# A promise begins with its number: `1. …`, `## 1. …`, `| 1 | …`.
PROMISE = re.compile(r"^(?:#+\s*|\|\s*)?\**(?:Promise\s+)?([1-9]\d*)\b[.):\s|]", re.MULTILINE)
TEST = re.compile(r"\btests/[\w/]+\.py(?:::\w+)+")


def promises() -> dict[int, list[str]]:
    """Return the tests named below each promise."""
    text = PROMISES.read_text()
    starts = list(PROMISE.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    named: dict[int, list[str]] = {}
    for start, end in zip(starts, ends, strict=True):
        named.setdefault(int(start[1]), []).extend(TEST.findall(text[start.start() : end]))
    return named


def exists(test: str) -> bool:
    """Whether `tests/file.py::name` or `tests/file.py::Class::name` is there."""
    file, *names = test.split("::")
    path = tree.ROOT / file
    inside: list[ast.stmt] = tree.syntax(path).body if path.exists() else []
    for name in names:
        found = [
            node
            for node in inside
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name
        ]
        if not found:
            return False
        inside = found[0].body
    return names[-1].startswith("test_")


def test_each_of_the_eight_promises_names_a_test() -> None:
    named = promises()
    assert set(named) == set(range(1, 9))
    assert [number for number, tests in named.items() if not tests] == []


def test_every_test_that_a_promise_names_exists() -> None:
    assert [test for tests in promises().values() for test in tests if not exists(test)] == []


def test_a_test_that_is_not_there_is_noticed() -> None:
    here = "tests/architecture/test_promises.py"
    assert exists(f"{here}::test_a_test_that_is_not_there_is_noticed")
    assert not exists(f"{here}::test_gone")
    assert not exists("tests/gone.py::test_gone")
