import json
import sys

import pytest

from benchmarks.opt_out_language import __main__ as benchmark
from benchmarks.opt_out_language import usual
from benchmarks.opt_out_language.replies import HELD_OUT, TRAINING, Reply, different, read, unseen
from benchmarks.opt_out_language.scores import score

LANGUAGES = {"en", "es", "fr", "pt", "de", "it", "nl", "pl"}


@pytest.mark.parametrize("files", [HELD_OUT, TRAINING])
def test_there_are_hundreds_of_labelled_replies_in_all_languages(files: tuple[str, ...]) -> None:
    replies = read(files)
    assert {reply.language for reply in replies} >= LANGUAGES
    assert {reply.label for reply in replies} == {"clear", "unclear", "ordinary", "help", "start"}
    assert sum(reply.is_opt_out for reply in replies) >= 500


def test_what_was_trained_on_is_not_scored_as_unseen() -> None:
    known = {reply.text for reply in read(TRAINING)}
    left = unseen()
    # Counted, so that a failure prints no held-out text.
    assert sum(reply.text in known for reply in left) == 0
    assert len(left) >= 2000


def test_a_repeat_counts_once_letter_case_aside() -> None:
    replies = [Reply(text, "en", "clear") for text in ("Stop it", "stop  it", "stop that")]
    assert [reply.text for reply in different(replies)] == ["Stop it", "stop that"]


def test_scores_count_the_four_aims() -> None:
    labels = ["clear", "clear", "unclear", "unclear", "ordinary", "help", "ordinary"]
    replies = [Reply("", "en", label) for label in labels]  # type: ignore[arg-type]
    found = score(replies, ["closed", "held", "held", "ordinary", "closed", "held", "ordinary"])
    assert found.figures() == {
        "unseen_opt_outs_caught": 3 / 4,
        "clear_closed": 1 / 2,
        "ordinary_closed": 1 / 3,
        "ordinary_held": 1 / 3,
    }


def test_nothing_to_measure_gives_no_figure() -> None:
    assert set(score([], []).figures().values()) == {None}


@pytest.mark.parametrize(("text", "outcome"), [("STOP ", "closed"), ("Stop please", "ordinary")])
def test_keywords_alone_take_whole_messages_only(text: str, outcome: str) -> None:
    assert usual.keywords_only(text) == outcome


@pytest.mark.parametrize(
    ("text", "outcome"), [("remove me", "closed"), ("the bus stop", "closed"), ("hi", "ordinary")]
)
def test_a_flat_list_closes_whatever_it_finds(text: str, outcome: str) -> None:
    assert usual.flat_list(text) == outcome


def test_the_benchmark_prints_no_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replies = [
        Reply("kindly cease these dispatches", "en", "clear"),
        Reply("the soup was lovely", "en", "ordinary"),
    ]
    monkeypatch.setattr(benchmark, "unseen", lambda: replies)
    monkeypatch.setattr(benchmark, "read", lambda _files: replies)
    monkeypatch.setattr(benchmark, "understand_unseen", lambda _found: ["ordinary"] * 100)
    monkeypatch.setattr(sys, "argv", ["opt_out_language", "--training"])
    benchmark.main()
    printed = capsys.readouterr().out
    assert "soup" not in printed
    assert "dispatches" not in printed
    assert json.loads(printed.splitlines()[-1])["counts"] == {"held_out": 2, "opt_outs": 1, "ordinary": 1}
