"""The gate beside an oracle that looks at every minute of two years, on as many random cases as wanted.

    python -m benchmarks.gate_oracle [--cases 1000000] [--processes 2] [--seed 1] [--json]

Each case is a number, what its person said about where they are, a purpose and a moment; clock changes and holidays
are drawn more often. Compared are the outcome, the next allowed moment (allowed then, and at no minute before), the
end of the hours, and the moment at which a held text is released. Needs no database; exits 1 when the two differ.
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter

from benchmarks import measure

A_PART = 5_000


def main() -> None:
    """Run all parts, print the report, and the first cases on which the two differ."""
    parser = measure.arguments("The gate's hours beside an oracle that looks at every minute.")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    told, differences, seconds = _run(options)
    measure.report(
        "gate_oracle",
        counts={"cases": sum(told.values()), "disagreements": len(differences)}
        | {kind.replace(" ", "_"): count for kind, count in sorted(told.items())},
        figures={"cases_per_s": sum(told.values()) / seconds},
        json_only=options.json,
    )
    for difference in differences[:10]:
        print(difference, file=sys.stderr)
    sys.exit(1 if differences else 0)


def _run(options: argparse.Namespace) -> tuple[Counter[str], list[str], float]:
    """Share the cases out in parts, each with a seed of its own."""
    parts = [
        (min(A_PART, options.cases - start), options.seed * 1_000_003 + start)
        for start in range(0, options.cases, A_PART)
    ]
    began = time.perf_counter()
    told: Counter[str] = Counter()
    differences: list[str] = []
    with multiprocessing.get_context("spawn").Pool(options.processes, initializer=_set_up) as pool:
        for part_told, part_differences in pool.imap_unordered(_part, parts):
            told += part_told
            differences += part_differences
            if not options.json:
                done = f"{sum(told.values()):,} of {options.cases:,} cases, {len(differences)} disagreements"
                print(done, file=sys.stderr, end="\r", flush=True)
    return told, differences, time.perf_counter() - began


def _set_up() -> None:
    """Django with the two apps whose values the gate takes: nothing is read from a database."""
    import django
    from django.conf import settings

    apps = ["django.contrib.contenttypes", "django.contrib.auth", "contacts", "consent"]
    settings.configure(INSTALLED_APPS=apps, USE_TZ=True)
    django.setup()


def _part(part: tuple[int, int]) -> tuple[Counter[str], list[str]]:
    from tests.oracle import compare

    told, differences = compare.run(*part)
    return told, [repr(difference) for difference in differences]


if __name__ == "__main__":
    main()
