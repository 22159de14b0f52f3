"""Counting what became of labelled replies, against the four aims."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.opt_out_language.replies import Reply
from consent.understanding import Outcome


@dataclass(frozen=True, slots=True)
class Aim:
    name: str
    told: str


AIMS = (
    Aim("unseen_opt_outs_caught", "at least 97 %"),
    Aim("clear_closed", "at least 90 %"),
    Aim("ordinary_closed", "at most 0.1 %"),
    Aim("ordinary_held", "at most 1 %"),
)


@dataclass(frozen=True, slots=True)
class Scores:
    """How many of each kind there were, and what became of them."""

    opt_outs: int
    caught: int
    clear: int
    clear_closed: int
    ordinary: int
    ordinary_closed: int
    ordinary_held: int

    def share(self, aim: str) -> tuple[int, int]:
        """(how many, of how many) of an aim's name."""
        return {
            "unseen_opt_outs_caught": (self.caught, self.opt_outs),
            "clear_closed": (self.clear_closed, self.clear),
            "ordinary_closed": (self.ordinary_closed, self.ordinary),
            "ordinary_held": (self.ordinary_held, self.ordinary),
        }[aim]

    def figures(self) -> dict[str, float | None]:
        """Each aim's share; None when there was nothing to measure it on."""
        shares = {aim.name: self.share(aim.name) for aim in AIMS}
        return {name: part / whole if whole else None for name, (part, whole) in shares.items()}


def score(replies: Sequence[Reply], outcomes: Sequence[Outcome]) -> Scores:
    """Count; HELP and START are replies that must pass like any ordinary one."""
    pairs = list(zip(replies, outcomes, strict=True))
    opt_outs = [outcome for reply, outcome in pairs if reply.is_opt_out]
    clear = [outcome for reply, outcome in pairs if reply.label == "clear"]
    ordinary = [outcome for reply, outcome in pairs if not reply.is_opt_out]
    return Scores(
        opt_outs=len(opt_outs),
        caught=sum(outcome != "ordinary" for outcome in opt_outs),
        clear=len(clear),
        clear_closed=clear.count("closed"),
        ordinary=len(ordinary),
        ordinary_closed=ordinary.count("closed"),
        ordinary_held=ordinary.count("held"),
    )
