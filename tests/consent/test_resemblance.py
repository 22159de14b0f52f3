import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.opt_out_language import train
from benchmarks.opt_out_language.replies import TRAINING, fingerprint, read
from consent import resemblance
from consent.replies import own_clauses
from consent.understanding import by_phrases, understand, weigh

SOME = random.Random(1).sample(read(("training.jsonl",)), 60)

LABELS = ("clear", "unclear", "ordinary")
STRICTNESS = ("ordinary", "held", "closed")
THRESHOLDS = resemblance.Thresholds(requested=-1.0, hinted=-0.5, alone=1.0, asked=1.5)


def learn(file: Path) -> bytes:
    table = train.matrix(SOME)
    models = [train.fit(table, labels) for labels in (train.opt_outs(SOME), train.requests(SOME))]
    train.write(file, models, THRESHOLDS, languages=["en"], trained_on="a few")
    return file.read_bytes()


def test_the_weights_in_use_were_learned_from_the_replies_that_are_here() -> None:
    assert resemblance.in_use().trained_on == fingerprint(TRAINING)


def test_learning_twice_gives_the_same_weights(tmp_path: Path) -> None:
    assert learn(tmp_path / "one") == learn(tmp_path / "two")


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    learned = resemblance.read(learn(tmp_path / "weights"))
    assert (learned.thresholds, learned.languages, learned.trained_on) == (THRESHOLDS, {"en"}, "a few")
    like = {label: [resemblance.of(r.clauses, learned) for r in SOME if r.label == label] for label in LABELS}
    assert np.mean([each.opt_out for each in like["clear"] + like["unclear"]]) > 0
    assert np.mean([each.request for each in like["clear"]]) > np.mean(
        [each.request for each in like["unclear"]]
    )
    assert np.mean([each.opt_out for each in like["ordinary"]]) < 0


@pytest.mark.parametrize(
    "text",
    ["hello", "yes please", "see you tomorrow", "two bags of decaf", "gracias", "bis morgen", "merci !", ""],
)
def test_everyday_words_are_like_no_opt_out(text: str) -> None:
    learned = resemblance.in_use()
    assert resemblance.of(own_clauses(text, ()), learned).opt_out < learned.thresholds.alone


ANY_TEXT = st.text(max_size=300) | st.sampled_from([reply.text for reply in SOME])
SCORES = st.tuples(st.floats(-20, 20), st.floats(-20, 20))


def outcome(text: str, like: tuple[float, float]) -> int:
    """How strictly a text is read that is like this."""
    said = by_phrases(text)
    return STRICTNESS.index(weigh(said, resemblance.Resemblance(*like), resemblance.in_use()).outcome)


@given(ANY_TEXT, SCORES, SCORES)
def test_the_more_it_resembles_opt_outs_the_stricter_a_reply_is_read(
    text: str, one: tuple[float, float], other: tuple[float, float]
) -> None:
    less, more = (tuple(map(pick, one, other)) for pick in (min, max))
    assert outcome(text, less) <= outcome(text, more)


@given(ANY_TEXT, SCORES)
def test_what_is_certain_stays_and_requests_and_signs_are_at_least_held(
    text: str, like: tuple[float, float]
) -> None:
    said = by_phrases(text)
    least = {"certain": said.outcome, "request": "held", "sign": "held"}.get(said.ground, "ordinary")
    assert outcome(text, like) >= STRICTNESS.index(least)
    assert said.ground != "certain" or understand(text) == said


@pytest.mark.parametrize("text", ["Don't stop texting me, I love these", "please never take me off the list"])
def test_who_asks_us_not_to_stop_is_never_closed(text: str) -> None:
    assert outcome(text, (20, 20)) < STRICTNESS.index("closed")


def test_the_end_of_a_long_story_is_read() -> None:
    story = ["word"] * 500
    alone = resemblance.features([["stop", "texting"]]).keys()
    in_story = resemblance.features([story, ["stop", "texting"]]).keys()
    # Only how long it is differs: as so many words, and as about so many.
    assert len(alone - in_story) == 2
