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
from consent.understanding import by_phrases, understand

SOME = random.Random(1).sample(read(("training.jsonl",)), 60)


def learn(file: Path) -> bytes:
    model = train.fit(train.matrix(SOME), np.array([reply.is_opt_out for reply in SOME]))
    train.write(file, model, threshold=1.0, trained_on="a few")
    return file.read_bytes()


def test_the_weights_in_use_were_learned_from_the_replies_that_are_here() -> None:
    assert doubt.weights().trained_on == fingerprint(TRAINING)


def test_learning_twice_gives_the_same_weights(tmp_path: Path) -> None:
    assert learn(tmp_path / "one") == learn(tmp_path / "two")


def test_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    learned = doubt.read(learn(tmp_path / "weights"))
    assert (learned.threshold, learned.trained_on, len(learned.buckets)) == (1.0, "a few", doubt.BUCKETS)
    of_opt_outs = [doubt.score(reply.clauses, learned) for reply in SOME if reply.is_opt_out]
    of_others = [doubt.score(reply.clauses, learned) for reply in SOME if not reply.is_opt_out]
    assert np.mean(of_opt_outs) > 0 > np.mean(of_others)


@pytest.mark.parametrize(
    "text",
    ["hello", "yes please", "see you tomorrow", "two bags of decaf", "gracias", "bis morgen", "merci !", ""],
)
def test_everyday_words_raise_no_doubt(text: str) -> None:
    assert not doubt.is_raised(own_clauses(text, ()))


@given(st.text(max_size=300) | st.sampled_from([reply.text for reply in SOME]))
def test_a_doubt_only_turns_ordinary_into_held(text: str) -> None:
    without, meaning = by_phrases(text), understand(text)
    assert meaning == without or (without.outcome, meaning.outcome) == ("ordinary", "held")


def test_the_end_of_a_long_story_is_read() -> None:
    story = ["word"] * 500
    assert doubt.features([story, ["stop", "texting"]]).keys() >= doubt.features([["stop", "texting"]]).keys()
