"""The fence as a small model: one STOP, two workers, one text that may be tried again; every interleaving is visited.

Each step is one thing that others can see: a lock taken, a commit, a look at the clock, a request that reaches Twilio.
Time is the age of a claim: FRESH, its request may begin; LATE, no look at the clock lets it begin any more; PAST, no
connection is made either, what the network kept is given up, and a STOP has stopped waiting; ENDED, its lease is over.
`docs/fence.md` draws it.
"""

import dataclasses
from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

FRESH, LATE, PAST, ENDED = range(4)
Text = Literal["absent", "queued", "sending", "unknown", "final"]
WORKERS = (0, 1)
NOBODY, STOP = -1, 2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The protocol; each of its rules can be left out, to see what then goes wrong."""

    claim_locks_the_number: bool = True
    gate_after_lock: bool = True
    claim_commits_before_the_call: bool = True
    looks_at_the_clock: bool = True
    connects_in_time: bool = True
    undelivered_is_given_up: bool = True
    outlasts_the_network: bool = True
    stop_waits_for_what_is_sending: bool = True
    stop_answers_after_its_commit: bool = True
    lease_outlives_the_request: bool = True
    looks_before_a_second_try: bool = True


class Worker(NamedTuple):
    """Where a worker is, what the gate told it, and how old its claim is."""

    at: str = "idle"
    allowed: bool = False
    age: int = FRESH


class State(NamedTuple):
    """All there is: the number's row, the text's row, who holds their locks, Twilio, and everybody's place."""

    text: Text = "queued"
    claim: int = NOBODY
    closed: bool = False
    point: int = NOBODY  # who holds the lock of the number
    row: int = NOBODY  # who holds the lock of the text
    stop: str = "came"
    queuer: str = "done"
    at_twilio: int = 0  # how often Twilio accepted the text
    after_stop: int = 0  # requests that began after the STOP's answer
    kept: int = NOBODY  # whose request is written and has not reached Twilio: the network still tries
    mishaps: frozenset[str] = frozenset({"429", "lost", "crash", "kept"})  # what may still happen, once each
    workers: tuple[Worker, Worker] = (Worker(), Worker())

    def with_worker(self, who: int, **changes: object) -> "State":
        """The same with one worker changed."""
        changed = self.workers[who]._replace(**changes)  # type: ignore[arg-type]
        return self._replace(workers=(changed, self.workers[1]) if who == 0 else (self.workers[0], changed))

    def without(self, mishap: str) -> "State":
        """The same, in which this no longer happens."""
        return self._replace(mishaps=self.mishaps - {mishap})


Step = tuple[str, State]
STARTS = (State(), State(text="absent", queuer="came"))


def steps(state: State, rules: Rules) -> Iterator[Step]:
    """Everything that can happen next."""
    for who in WORKERS:
        for told, then in _worker(state, who, rules):
            yield f"worker {who} {told}", then
        yield from _mishap(state, who)
        yield from _network(state, who, rules)
    yield from _stop(state, rules)
    yield from _queuer(state)
    yield from _upkeep(state, rules)


def _worker(state: State, who: int, rules: Rules) -> Iterator[Step]:
    me = state.workers[who]
    if me.at == "idle" and state.text == "queued" and state.row == NOBODY:
        allowed = not rules.gate_after_lock and not state.closed
        yield "locks the text", state._replace(row=who).with_worker(who, at="row", age=FRESH, allowed=allowed)
    elif me.at == "row":
        yield from _lock_the_number(state, who, rules)
    elif me.at == "locked":
        allowed = me.allowed if not rules.gate_after_lock else not state.closed
        yield "asks the gate", state.with_worker(who, at="judged", allowed=allowed)
    elif me.at == "judged":
        yield from _commit(state, who, rules)
    elif me.at == "claimed":
        if me.age == FRESH or not rules.looks_at_the_clock:
            yield "looks at the clock", state.with_worker(who, at="may begin")
        else:
            yield "is too late", state.with_worker(who, at="not made")
    elif me.at == "may begin":
        if me.age >= PAST and rules.connects_in_time and rules.looks_at_the_clock:
            yield "has no connection in time", state.with_worker(who, at="not made")
        else:
            yield from _request(state, who)
    else:
        yield from _after_the_call(state, who, rules)


def _after_the_call(state: State, who: int, rules: Rules) -> Iterator[Step]:
    me = state.workers[who]
    if me.at == "written" and (state.kept != who or not rules.outlasts_the_network):
        yield "waits for an answer no longer", state.with_worker(who, at="lost")
    elif me.at in {"accepted", "lost", "not made"} and state.row == NOBODY:
        yield f"records: {me.at}", _record(state, who, rules)


def _lock_the_number(state: State, who: int, rules: Rules) -> Iterator[Step]:
    if not rules.claim_locks_the_number:
        yield "passes by the number", state.with_worker(who, at="locked")
    elif state.point == NOBODY:
        yield "locks the number", state._replace(point=who).with_worker(who, at="locked")
    else:
        yield "finds the number locked", _let_go(state, who).with_worker(who, at="idle")


def _commit(state: State, who: int, rules: Rules) -> Iterator[Step]:
    if not state.workers[who].allowed:
        yield "refuses", _let_go(state._replace(text="final"), who).with_worker(who, at="idle")
    elif rules.claim_commits_before_the_call:
        claimed = state._replace(text="sending", claim=who)
        yield "commits its claim", _let_go(claimed, who).with_worker(who, at="claimed")
    else:
        yield "will commit later", _let_go(state._replace(claim=who), who).with_worker(who, at="claimed")


def _request(state: State, who: int) -> Iterator[Step]:
    begun = state._replace(after_stop=state.after_stop + (state.stop == "answered"))
    yield "has it accepted", _accepted(state).with_worker(who, at="accepted")
    if "429" in state.mishaps:
        yield "gets a 429", begun.without("429").with_worker(who, at="not made")
    if "lost" in state.mishaps:
        yield "loses the answer", _accepted(state).without("lost").with_worker(who, at="lost")
        yield "loses the request", begun.without("lost").with_worker(who, at="lost")
    if "kept" in state.mishaps:
        yield (
            "writes, and the network keeps it",
            state.without("kept")._replace(kept=who).with_worker(who, at="written"),
        )


def _accepted(state: State) -> State:
    late = state.stop == "answered"
    return state._replace(at_twilio=state.at_twilio + 1, after_stop=state.after_stop + late)


def _network(state: State, who: int, rules: Rules) -> Iterator[Step]:
    """What was written is sent again and again, also after its process is gone, until somebody gives it up."""
    if state.kept != who:
        return
    me = state.workers[who]
    if me.age < PAST or not rules.undelivered_is_given_up:
        told = _accepted(state)._replace(kept=NOBODY)
        yield (
            f"the request of {who} gets through",
            told.with_worker(who, at="accepted") if me.at == "written" else told,
        )
    else:
        yield f"the request of {who} is given up", state._replace(kept=NOBODY)


def _record(state: State, who: int, rules: Rules) -> State:
    """Only what is still this worker's claim moves; a lost outcome is unknown, and never tried again blindly."""
    becomes: dict[str, Text] = {"accepted": "final", "not made": "queued", "lost": "unknown"}
    if not rules.looks_before_a_second_try:
        becomes["lost"] = "queued"
    ours = state.claim == who and state.text in {"sending", "unknown", "queued"}
    then = state._replace(text=becomes[state.workers[who].at], claim=NOBODY) if ours else state
    if ours and then.text == "unknown":
        then = then._replace(claim=who)  # its age still counts
    return then.with_worker(who, at="idle")


def _mishap(state: State, who: int) -> Iterator[Step]:
    if "crash" in state.mishaps and state.workers[who].at not in {"idle", "dead"}:
        yield f"worker {who} dies", _let_go(state, who).without("crash").with_worker(who, at="dead")
    if state.workers[who].age < ENDED and (
        state.workers[who].at not in {"idle", "dead"} or state.claim == who
    ):
        yield f"time passes for {who}", state.with_worker(who, age=state.workers[who].age + 1)


def _stop(state: State, rules: Rules) -> Iterator[Step]:
    if state.stop == "came" and state.point == NOBODY:
        yield "STOP locks the number", state._replace(point=STOP, stop="locked")
    elif state.stop == "locked" and state.row == NOBODY:
        text: Text = "final" if state.text == "queued" else state.text
        yield "STOP cancels what waits", state._replace(text=text, stop="canceled")
    elif state.stop == "canceled" and rules.stop_answers_after_its_commit:
        yield "STOP commits", state._replace(closed=True, point=NOBODY, stop="closed")
    elif state.stop == "canceled":
        yield "STOP is answered", state._replace(stop="answered")
    elif state.stop == "answered" and not rules.stop_answers_after_its_commit and not state.closed:
        yield "STOP commits late", state._replace(closed=True, point=NOBODY)
    elif state.stop == "closed" and not (rules.stop_waits_for_what_is_sending and _may_still_begin(state)):
        yield "STOP is answered", state._replace(stop="answered")


def _may_still_begin(state: State) -> bool:
    return state.text == "sending" and state.workers[state.claim].age < PAST


def _queuer(state: State) -> Iterator[Step]:
    """A campaign's page, a journey's step or an agent's reply: asks the gate, and puts the text there later."""
    if state.queuer == "came":
        yield "queuer asks the gate", state._replace(queuer="refused" if state.closed else "allowed")
    elif state.queuer in {"allowed", "refused"} and state.point != STOP:
        text: Text = "queued" if state.queuer == "allowed" else "final"
        yield "queuer inserts", state._replace(text=text, queuer="done")


def _upkeep(state: State, rules: Rules) -> Iterator[Step]:
    """The end of a lease, and the look at Twilio."""
    if state.row != NOBODY or state.claim == NOBODY:
        return
    age = state.workers[state.claim].age
    if state.text == "sending" and (age == ENDED or not rules.lease_outlives_the_request):
        yield "the lease ends", state._replace(text="unknown")
    elif state.text == "unknown" and state.at_twilio:
        yield "found at Twilio", state._replace(text="final", claim=NOBODY)
    elif state.text == "unknown":
        yield "not at Twilio, twice", state._replace(text="queued", claim=NOBODY)


def _let_go(state: State, who: int) -> State:
    return state._replace(
        point=NOBODY if state.point == who else state.point, row=NOBODY if state.row == who else state.row
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Explored:
    """How many states were visited; what goes wrong, "" as it should be, and the shortest way to it."""

    states: int
    wrong: str = ""
    way: tuple[str, ...] = ()


def explore(rules: Rules) -> Explored:
    """Visit every state that can be reached, until something goes wrong."""
    came_from: dict[State, tuple[State, str] | None] = dict.fromkeys(STARTS)
    before: dict[State, list[State]] = {}
    todo, ends = deque(STARTS), []
    while todo:
        state = todo.popleft()
        if state.after_stop or state.at_twilio > 1:
            wrong = "after_stop" if state.after_stop else "doubled"
            return Explored(len(came_from), wrong, _way_to(state, came_from))
        if _is_settled(state):
            ends.append(state)
        for told, then in steps(state, rules):
            before.setdefault(then, []).append(state)
            if then not in came_from:
                came_from[then] = (state, told)
                todo.append(then)
    settling = _can_reach(ends, before)
    stuck = next((state for state in came_from if state not in settling), None)
    if stuck is not None:
        return Explored(len(came_from), "unsettled", _way_to(stuck, came_from))
    return Explored(len(came_from))


def _is_settled(state: State) -> bool:
    return state.text == "final" and state.stop == "answered" and state.queuer == "done" and state.closed


def _can_reach(ends: list[State], before: dict[State, list[State]]) -> set[State]:
    seen, todo = set(ends), deque(ends)
    while todo:
        for earlier in before.get(todo.popleft(), ()):
            if earlier not in seen:
                seen.add(earlier)
                todo.append(earlier)
    return seen


def _way_to(state: State, came_from: dict[State, tuple[State, str] | None]) -> tuple[str, ...]:
    way: list[str] = []
    while (step := came_from[state]) is not None:
        state = step[0]
        way.append(step[1])
    return tuple(reversed(way))
