"""What the training replies would become if the classifiers had not been trained on them."""

from collections.abc import Sequence

from benchmarks.opt_out_language.replies import Reply, different, told
from benchmarks.opt_out_language.train import matrix, opt_outs, requests, unseen_scores
from consent.resemblance import Resemblance, in_use
from consent.understanding import Outcome, by_phrases, weigh


def understand_unseen(replies: Sequence[Reply]) -> list[Outcome]:
    """Phrases first; then weighed by classifiers trained on the other files, with the thresholds in use."""
    once = different(replies)
    table = matrix(once)
    scores = zip(
        *(unseen_scores(table, labels, once) for labels in (opt_outs(once), requests(once))), strict=True
    )
    like = {told(reply.text): Resemblance(*each) for reply, each in zip(once, scores, strict=True)}
    learned = in_use()
    return [weigh(by_phrases(reply.text), like[told(reply.text)], learned).outcome for reply in replies]
