"""What the training replies would become if the classifier had not been trained on them."""

from collections.abc import Sequence

import numpy as np

from benchmarks.opt_out_language.replies import Reply, different, told
from benchmarks.opt_out_language.train import matrix, unseen_scores
from consent import doubt
from consent.understanding import Outcome, by_phrases


def understand_unseen(replies: Sequence[Reply]) -> list[Outcome]:
    """Phrases first; then the doubt of a classifier trained on the other files, at the shipped threshold."""
    once = different(replies)
    scores = unseen_scores(matrix(once), np.array([reply.is_opt_out for reply in once]), once)
    known = {told(reply.text): score for reply, score in zip(once, scores, strict=True)}
    threshold = doubt.weights().threshold
    found = [by_phrases(reply.text) for reply in replies]
    return [
        "held" if said.is_open_question and known[told(reply.text)] >= threshold else said.outcome
        for said, reply in zip(found, replies, strict=True)
    ]
