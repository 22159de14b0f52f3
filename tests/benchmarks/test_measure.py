import json

import pytest

from benchmarks.measure import Compared, latencies, machine, report, wilson


def test_the_last_line_is_the_json_of_the_design(capsys: pytest.CaptureFixture[str]) -> None:
    report(
        "send",
        counts={"messages": 1000},
        figures={"messages_per_s": 123.456, "lost": None},
        limit=Compared("bare loop", 200.0),
        usual=Compared("one at a time", None),
        per_s=100.0,
    )
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line == {
        "benchmark": "send",
        "machine": machine(),
        "counts": {"messages": 1000},
        "figures": {"messages_per_s": 123.5, "lost": None},
        "limit": {"name": "bare loop", "per_s": 200.0},
        "usual": {"name": "one at a time", "per_s": None},
        "to_limit": 0.5,
        "to_usual": None,
    }


def test_json_alone_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    report("send", counts={}, figures={}, json_only=True)
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_what_was_not_measured_is_said_and_not_made_up(capsys: pytest.CaptureFixture[str]) -> None:
    report("send", counts={}, figures={"lost": None})
    assert "not measured" in capsys.readouterr().out


def test_latencies_are_told_in_milliseconds_and_none_of_nothing() -> None:
    hundred = [each / 1000 for each in range(100, 0, -1)]
    assert latencies("stop", hundred) == pytest.approx(
        {"stop_p50_ms": 51, "stop_p99_ms": 100, "stop_max_ms": 100}
    )
    assert latencies("stop", []) == {"stop_p50_ms": None, "stop_p99_ms": None, "stop_max_ms": None}


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 100, 0.0, 0.037), (50, 100, 0.404, 0.596), (100, 100, 0.963, 1.0)],
)
def test_an_interval_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=0.001)
