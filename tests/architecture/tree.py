"""The tree as the architecture tests see it: its folders, files and syntax."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# The layers of the product, and what stands beside them.
BESIDE_THE_PRODUCT = ("simulator", "benchmarks", "tests")


@cache
def configuration() -> dict[str, Any]:
    """The content of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def packages() -> set[str]:
    """The names of the packages at the top of the tree."""
    return {init.parent.name for init in ROOT.glob("*/__init__.py")}


def product() -> list[str]:
    """The packages that are the product itself."""
    return sorted(packages() - set(BESIDE_THE_PRODUCT))


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> Iterator[Path]:
    """Yield the files written by hand in these folders; migrations are generated."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and not {"migrations", "__pycache__"} & set(path.parts):
                yield path


@cache
def syntax(path: Path) -> ast.Module:
    """The parsed content of a Python file."""
    return ast.parse(path.read_text(), filename=str(path))


def place(path: Path, node: ast.AST) -> str:
    """Where a piece of syntax stands, as `file:line`."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


def dotted(node: ast.AST) -> str:
    """The dotted name that an expression spells, such as `dt.datetime.now`, or ""."""
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return node.id if isinstance(node, ast.Name) else ""
