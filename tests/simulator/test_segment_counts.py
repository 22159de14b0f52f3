"""How many segments a text takes."""

import pytest

from simulator.segments import count_segments


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        ("é" * 160, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("x" * 152 + "€" + "x" * 151, 2),
        ("x" * 152 + "€" + "x" * 152, 3),  # the two septets of € are not split over the boundary
        ("👋" * 35, 1),
        ("👋" * 36, 2),
        ("👋" * 66, 2),
        ("👋" * 67, 3),  # 33 pairs fill 66 of 67 code units
    ],
)
def test_it_counts_what_carriers_bill(body: str, segments: int) -> None:
    assert count_segments(body) == segments
