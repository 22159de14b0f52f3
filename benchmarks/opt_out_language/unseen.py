"""What the training replies would become if the classifier had not been trained on them."""

from collections.abc import Sequence

import numpy as np

from benchmarks.opt_out_language.replies import Reply
from benchmarks.opt_out_language.train import matrix, unseen_scores
from consent import doubt
from consent.understanding import Outcome, by_phrases


def understand_unseen(replies: Sequence[Reply]) -> list[Outcome]:
    """Phrases first; then the doubt of a classifier trained on the other four fifths, at the shipped threshold."""
    scores = unseen_scores(matrix(replies), np.array([reply.is_opt_out for reply in replies]), replies)
    threshold = doubt.weights().threshold
    found = [by_phrases(reply.text) for reply in replies]
    return [
        "held" if said.is_open_question and score >= threshold else said.outcome
        for said, score in zip(found, scores, strict=True)
    ]
