"""What the training replies would become if the classifier had not been trained on them."""

from collections.abc import Sequence

import numpy as np

from benchmarks.opt_out_language.replies import Reply, different, told
from benchmarks.opt_out_language.train import matrix, unseen_scores
from consent import doubt
from consent.understanding import Outcome, by_phrases, weigh


def understand_unseen(replies: Sequence[Reply]) -> list[Outcome]:
    """Phrases first; then weighed by a classifier trained on the other files, with the thresholds in use."""
    once = different(replies)
    scores = unseen_scores(matrix(once), np.array([reply.is_opt_out for reply in once]), once)
    known = {told(reply.text): score for reply, score in zip(once, scores, strict=True)}
    learned = doubt.weights()
    return [weigh(by_phrases(reply.text), known[told(reply.text)], learned).outcome for reply in replies]
