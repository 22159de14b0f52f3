"""`python -m benchmarks.opt_out_language`: what becomes of labelled replies here, and in the usual way.

It prints counts, never a text: whoever reads the output still has not seen the held-out replies.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence

from benchmarks import measure
from benchmarks.opt_out_language import usual
from benchmarks.opt_out_language.replies import HELD_OUT, TOLD, TRAINING, Reply, read, unseen
from benchmarks.opt_out_language.scores import AIMS, Scores, score
from benchmarks.opt_out_language.unseen import understand_unseen
from consent.understanding import Outcome, understand

Reader = Callable[[str], Outcome]


def main() -> None:
    """Score the held-out replies and report them, beside the usual ways; the training replies if asked to."""
    parser = measure.arguments(__doc__ or "")
    parser.add_argument(
        "--training", action="store_true", help="score the training replies, too; takes minutes"
    )
    options = parser.parse_args()
    held_out = unseen()
    ours = score(held_out, [understand(reply.text).outcome for reply in held_out])
    keywords = score(held_out, [usual.keywords_only(reply.text) for reply in held_out])
    phrases = score(held_out, [usual.flat_list(reply.text) for reply in held_out])
    if not options.json:
        _print_languages(held_out)
        for name in HELD_OUT:
            of_one = [reply for reply in held_out if reply.source == name]
            _print_aims(name, score(of_one, [understand(reply.text).outcome for reply in of_one]))
        _print_aims("held out, together: nobody tuned on it", ours)
        if options.training:
            _print_training()
        _print_aims("the usual way: Twilio's keywords, whole message only", keywords)
        _print_aims("the usual way: a flat list of phrases", phrases)
    per_s, median = _speed(held_out)
    measure.report(
        "opt_out_language",
        counts={"held_out": len(held_out), "opt_outs": ours.opt_outs, "ordinary": ours.ordinary},
        figures={
            **ours.figures(),
            **{f"keywords_only_{name}": figure for name, figure in keywords.figures().items()},
            **{f"flat_list_{name}": figure for name, figure in phrases.figures().items()},
            "median_us": median,
            "texts_per_s": per_s,
        },
        json_only=options.json,
    )


def _print_training() -> None:
    """The training files, each reply by a classifier that has not seen it."""
    outcomes = iter(understand_unseen(read(TRAINING)))
    for name in TRAINING:
        replies = read((name,))
        _print_aims(f"{name}: {TOLD[name]}", score(replies, [next(outcomes) for _ in replies]))


def _print_languages(replies: Sequence[Reply]) -> None:
    found: dict[tuple[str, str], Counter[Outcome]] = {}
    for reply in replies:
        found.setdefault((reply.language, reply.label), Counter())[understand(reply.text).outcome] += 1
    print(f"{'language':<10}{'label':<10}{'closed':>8}{'held':>8}{'ordinary':>10}")
    for (language, label), outcomes in sorted(found.items()):
        print(
            f"{language:<10}{label:<10}{outcomes['closed']:>8}{outcomes['held']:>8}{outcomes['ordinary']:>10}"
        )


def _print_aims(title: str, scores: Scores) -> None:
    print(f"\n{title}")
    for aim in AIMS:
        part, whole = scores.share(aim.name)
        low, high = measure.wilson(part, whole)
        print(
            f"  {aim.name:<24}{part:>6} of {whole:<6} {part / max(whole, 1):>8.2%}"
            f"   95 % between {low:.2%} and {high:.2%}   aim {aim.told}"
        )


def _speed(replies: Sequence[Reply]) -> tuple[float, float]:
    """Replies a second in one process, and the median microseconds of one; measured with words already known."""
    taken = []
    for reply in replies:
        begun = time.perf_counter()
        understand(reply.text)
        taken.append(time.perf_counter() - begun)
    return len(taken) / max(sum(taken), 1e-9), statistics.median(taken or [0.0]) * 1e6


if __name__ == "__main__":
    main()
