"""What every benchmark shares: the machine it ran on, its command line, and its report."""

import argparse
import json
import math
import platform
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

Figure = int | float | None  # None: it could not be measured, and is never estimated

_CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Compared:
    """What our figure stands beside: its name, and how many a second it does (None: not measured)."""

    name: str
    per_s: float | None


def arguments(described: str) -> argparse.ArgumentParser:
    """A benchmark's command line, to which it adds its own options; `--json` prints the last line alone."""
    parser = argparse.ArgumentParser(description=described)
    parser.add_argument("--json", action="store_true", help="print the JSON line alone")
    return parser


def machine() -> str:
    """What it ran on, in one line: processor, cores, memory, Python and platform."""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{_cpu_model()}, {psutil.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}"
    )


def wilson(part: int, whole: int) -> tuple[float, float]:
    """Where a share truly lies, with 95 % confidence (Wilson's score interval); (0, 1) when nothing was seen."""
    if not whole:
        return 0.0, 1.0
    share, z = part / whole, 1.96
    middle = share + z * z / (2 * whole)
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return (middle - spread) / (1 + z * z / whole), (middle + spread) / (1 + z * z / whole)


def latencies(name: str, seconds: Sequence[float]) -> dict[str, Figure]:
    """p50, p99 and the longest of these times, in milliseconds; of none, None."""
    took = sorted(seconds)
    if not took:
        return dict.fromkeys((f"{name}_p50_ms", f"{name}_p99_ms", f"{name}_max_ms"))
    return {
        f"{name}_p50_ms": took[len(took) // 2] * 1000,
        f"{name}_p99_ms": took[int(len(took) * 0.99)] * 1000,
        f"{name}_max_ms": took[-1] * 1000,
    }


class Spent:
    """Processor time of some processes and of this thread since it was made, in milliseconds for each of `count`."""

    def __init__(self, pids: Iterable[int] = ()) -> None:
        self._processes = [psutil.Process(pid) for pid in pids]
        self._began = self._now()

    def each(self, count: int) -> tuple[float, float, float]:
        """Of this process, of this thread alone, and of the other processes together."""
        process, thread, others = (now - began for now, began in zip(self._now(), self._began, strict=True))
        return process * 1000 / count, thread * 1000 / count, others * 1000 / count

    def _now(self) -> tuple[float, float, float]:
        others = sum(sum(process.cpu_times()[:2]) for process in self._processes)
        return time.process_time(), time.thread_time(), others


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def report(
    name: str,
    *,
    counts: Mapping[str, int],
    figures: Mapping[str, Figure],
    limit: Compared | None = None,
    usual: Compared | None = None,
    per_s: float | None = None,
    json_only: bool = False,
) -> None:
    """Print a table for people and then one JSON line for machines.

    `per_s` is our own rate, in the unit of `limit` and `usual`; the ratios to both come from it.
    """
    line = {
        "benchmark": name,
        "machine": machine(),
        "counts": dict(counts),
        "figures": {each: _rounded(figure) for each, figure in figures.items()},
        "limit": _told(limit),
        "usual": _told(usual),
        "to_limit": _ratio(per_s, limit),
        "to_usual": _ratio(per_s, usual),
    }
    if not json_only:
        _print_table(line, limit, usual)
    print(json.dumps(line, ensure_ascii=False))


def _print_table(line: Mapping[str, object], limit: Compared | None, usual: Compared | None) -> None:
    print(f"\n{line['benchmark']}, on {line['machine']}")
    for group in ("counts", "figures"):
        entries = line[group]
        assert isinstance(entries, dict)
        for each, value in entries.items():
            print(f"  {each.replace('_', ' '):<36} {_shown(value):>16}")
    for role, compared, ratio in (("limit", limit, "to_limit"), ("usual", usual, "to_usual")):
        if compared:
            told = f"{role}: {compared.name}"
            print(f"  {told:<36} {_shown(compared.per_s):>16} /s   ours is {_shown(line[ratio])} of it")
    print()


def _shown(value: object) -> str:
    if value is None:
        return "not measured"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _told(compared: Compared | None) -> dict[str, str | Figure] | None:
    return {"name": compared.name, "per_s": _rounded(compared.per_s)} if compared else None


def _ratio(per_s: float | None, compared: Compared | None) -> float | None:
    if per_s is None or compared is None or not compared.per_s:
        return None
    return round(per_s / compared.per_s, 2)


def _rounded(figure: Figure) -> Figure:
    """Four significant digits, and all the digits before the point: more would be noise."""
    if not isinstance(figure, float):
        return figure
    return round(figure) if abs(figure) >= 1000 else float(f"{figure:.4g}")  # noqa: PLR2004 - four digits


def _cpu_model() -> str:
    """The processor's name; only Linux tells it in a file, elsewhere the platform knows."""
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
