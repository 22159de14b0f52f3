import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.opt_out_language import train
from benchmarks.opt_out_language.replies import TRAINING, fingerprint, read
from consent import doubt
from consent.replies import own_clauses
from consent.understanding import by_phrases, understand, weigh

SOME = random.Random(1).sample(read(("training.jsonl",)), 60)

STRICTNESS = ("ordinary", "held", "closed")
THRESHOLDS = {"agrees": -2.0, "hinted": -3.0, "resembles": 1.0}


def learn(file: Path) -> bytes:
    model = train.fit(train.matrix(SOME), np.array([reply.is_opt_out for reply in SOME]))
    train.write(file, model, THRESHOLDS, trained_on="a few")
    return file.read_bytes()


def test_the_weights_in_use_were_learned_from_the_replies_that_are_here() -> None:
    assert doubt.weights().trained_on == fingerprint(TRAINING)


def test_learning_twice_gives_the_same_weights(tmp_path: Path) -> None:
    assert learn(tmp_path / "one") == learn(tmp_path / "two")


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    learned = doubt.read(learn(tmp_path / "weights"))
    assert {name: getattr(learned, name) for name in THRESHOLDS} == THRESHOLDS
    assert (learned.trained_on, len(learned.buckets)) == ("a few", doubt.BUCKETS)
    of_opt_outs = [doubt.score(reply.clauses, learned) for reply in SOME if reply.is_opt_out]
    of_others = [doubt.score(reply.clauses, learned) for reply in SOME if not reply.is_opt_out]
    assert np.mean(of_opt_outs) > 0 > np.mean(of_others)


@pytest.mark.parametrize(
    "text",
    ["hello", "yes please", "see you tomorrow", "two bags of decaf", "gracias", "bis morgen", "merci !", ""],
)
def test_everyday_words_raise_no_doubt(text: str) -> None:
    assert doubt.resemblance(own_clauses(text, ())) < doubt.weights().resembles


ANY_TEXT = st.text(max_size=300) | st.sampled_from([reply.text for reply in SOME])
SCORE = st.floats(-20, 20)


@given(ANY_TEXT, SCORE, SCORE)
def test_the_more_a_reply_resembles_an_opt_out_the_stricter_it_is_read(
    text: str, one: float, other: float
) -> None:
    said, learned = by_phrases(text), doubt.weights()
    less, more = (weigh(said, score, learned).outcome for score in sorted([one, other]))
    assert STRICTNESS.index(less) <= STRICTNESS.index(more)


@given(ANY_TEXT)
def test_nothing_closes_without_a_keyword_or_a_phrase_that_asks(text: str) -> None:
    if understand(text).outcome == "closed":
        assert by_phrases(text).outcome == "closed"


@given(ANY_TEXT, SCORE)
def test_what_is_certain_and_what_asks_to_stop_never_passes_as_ordinary(text: str, score: float) -> None:
    said = by_phrases(text)
    if said.ground in {"certain", "request"}:
        weighed = weigh(said, score, doubt.weights()).outcome
        assert STRICTNESS.index(weighed) >= STRICTNESS.index(min(said.outcome, "held", key=STRICTNESS.index))


def test_the_end_of_a_long_story_is_read() -> None:
    story = ["word"] * 500
    assert doubt.features([story, ["stop", "texting"]]).keys() >= doubt.features([["stop", "texting"]]).keys()
