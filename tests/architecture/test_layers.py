"""Imports point down the tree only, and the stand-in imports nothing of the product."""

import pytest
from importlinter.cli import lint_imports

from tests.architecture import tree

LAYERS = ["smsapp", "webhooks", "inbox", "campaigns", "messaging", "consent", "contacts"]


def contracts(kind: str) -> list[dict[str, list[str]]]:
    linter = tree.configuration()["tool"]["importlinter"]
    return [contract for contract in linter["contracts"] if contract["type"] == kind]


def test_every_import_keeps_the_contracts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tree.ROOT)
    monkeypatch.syspath_prepend(str(tree.ROOT))
    code = lint_imports(config_filename=str(tree.ROOT / "pyproject.toml"), no_cache=True)
    assert code == 0, capsys.readouterr().out


def test_the_contracts_say_what_the_design_says() -> None:
    [layers] = contracts("layers")
    assert layers["layers"] == LAYERS
    forbidden = {
        (source, target)
        for contract in contracts("forbidden")
        for source in contract["source_modules"]
        for target in contract["forbidden_modules"]
    }
    assert forbidden >= {("simulator", app) for app in LAYERS} | {(app, "simulator") for app in LAYERS}
    assert not any(
        contract.get("ignore_imports") for kind in ("layers", "forbidden") for contract in contracts(kind)
    )


def test_no_package_stands_outside_the_contracts() -> None:
    assert sorted(tree.product()) == sorted(LAYERS)
