"""The gate's hours beside an oracle that looks at every minute; `python -m benchmarks.gate_oracle` runs a million."""

from tests.oracle import compare, minutes


def test_the_gate_and_the_oracle_agree_on_twenty_thousand_cases() -> None:
    told, differences = compare.run(20_000, seed=4)
    assert differences[:3] == []
    assert min(told[kind] for kind in ("allow", "hold", "hold without end", "refuse")) > 100


def test_the_oracle_reads_the_tables_by_itself() -> None:
    """A mistake of the gate's own reading would otherwise be in both."""
    source = (minutes.FOLDER.parents[1] / "tests" / "oracle" / "minutes.py").read_text()
    assert "import consent" not in source
    assert "from consent" not in source
    assert len(minutes.rows()) > 40
