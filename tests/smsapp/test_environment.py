"""The readers of environment variables: what they accept, and what they say when they do not."""

from pathlib import Path
from threading import Thread

import pytest
from django.core.exceptions import ImproperlyConfigured

from smsapp import environment


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), ("off", False), ("  ", True)])
def test_a_flag_is_a_word_for_true_or_false(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("THING", value)
    assert environment.flag("THING", True) is expected


@pytest.mark.parametrize("reader", ["flag", "number", "decimal"])
def test_a_value_that_makes_no_sense_is_named_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, reader: str
) -> None:
    monkeypatch.setenv("THING", "lots")
    with pytest.raises(ImproperlyConfigured, match=r"^THING is 'lots': write .+\.$"):
        getattr(environment, reader)("THING", 1)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_decimal_is_finite(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured):
        environment.decimal("THING", 1.0)


def test_an_unset_variable_gives_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THING", raising=False)
    assert environment.text("THING", "x") == "x"
    assert environment.number("THING", 7) == 7
    assert environment.decimal("THING", 2.5) == 2.5
    assert environment.words("THING", ["a", "b"]) == ["a", "b"]
    assert environment.secret("THING") == ""
    with pytest.raises(ImproperlyConfigured, match=r"THING is not set: .+\.env"):
        environment.text("THING")


def test_words_are_split_at_commas_without_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", " one, two ,,")
    assert environment.words("THING", []) == ["one", "two"]


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    (tmp_path / "token").write_text("first,second\n")
    monkeypatch.setenv("TOKEN_FILE", str(tmp_path / "token"))
    assert environment.secret("TOKEN") == "first,second"
    assert environment.words("TOKEN", [], secret=True) == ["first", "second"]


def test_a_secret_given_twice_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOKEN", "hush")
    monkeypatch.setenv("TOKEN_FILE", str(tmp_path / "token"))
    with pytest.raises(ImproperlyConfigured, match="both set") as refused:
        environment.secret("TOKEN")
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(("content", "trouble"), [(None, "No such file"), (" \n", "empty")])
def test_a_secret_file_that_holds_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, trouble: str
) -> None:
    monkeypatch.delenv("TOKEN", raising=False)
    monkeypatch.setenv("TOKEN_FILE", str(tmp_path / "token"))
    if content is not None:
        (tmp_path / "token").write_text(content)
    with pytest.raises(ImproperlyConfigured, match=trouble):
        environment.secret("TOKEN")


def test_processes_that_start_together_keep_one_secret(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret_key"
    seen: list[str] = []
    asking = [Thread(target=lambda: seen.append(environment.kept_secret(file))) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert len(seen[0]) >= 50
    assert file.stat().st_mode & 0o077 == 0


def test_a_secret_that_cannot_be_kept_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set and cannot be kept"):
        environment.kept_secret(tmp_path / "file" / "secret_key")
