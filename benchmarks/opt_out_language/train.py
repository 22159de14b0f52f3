"""`python -m benchmarks.opt_out_language.train`: learn `consent/doubt.bin` from the labelled replies, always the same.

The threshold is the one at which, over replies of authors the classifier has not seen (each file by a classifier of
the others), it would hold HELD_OF_ORDINARY of the ordinary replies, among those that the phrases leave alone.
"""

import json
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut

from benchmarks.opt_out_language.replies import TRAINING, Reply, different, fingerprint, read
from consent import doubt
from consent.understanding import by_phrases

HELD_OF_ORDINARY = 0.004
SEED = 20261122
# How freely the classifier may fit; found by trying 3, 10 and 30 over the files.
FREEDOM = 10.0
_FILE = Path(doubt.__file__).with_name("doubt.bin")
_MOST = 127  # the largest weight of a signed byte


def main() -> None:
    """Train, choose the threshold, write the file and say what was done."""
    replies = different(read(TRAINING))
    table, labels = matrix(replies), np.array([reply.is_opt_out for reply in replies])
    unseen = unseen_scores(table, labels, replies)
    threshold = choose_threshold(unseen, replies)
    model = fit(table, labels)
    write(_FILE, model, threshold=threshold, trained_on=fingerprint(TRAINING))
    print(f"{len(replies):,} replies, threshold {threshold:.3f}, {_FILE.name} {_FILE.stat().st_size:,} bytes")


def matrix(replies: Sequence[Reply]) -> csr_matrix:
    """A row of features for each reply."""
    rows = [doubt.features(reply.clauses) for reply in replies]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = [bucket for row in rows for bucket in row]
    values = [value for row in rows for value in row.values()]
    return csr_matrix((values, columns, ends), shape=(len(rows), doubt.BUCKETS))


def fit(table: csr_matrix, labels: np.ndarray) -> LogisticRegression:
    return LogisticRegression(C=FREEDOM, max_iter=2000, random_state=SEED, solver="liblinear").fit(
        table, labels
    )


def unseen_scores(table: csr_matrix, labels: np.ndarray, replies: Sequence[Reply]) -> np.ndarray:
    """The score of each reply by a classifier that has seen nothing of its authors: trained on the other files."""
    authors = [reply.source for reply in replies]
    scores = np.zeros(len(replies))
    for known, unknown in LeaveOneGroupOut().split(table, labels, authors):
        scores[unknown] = fit(table[known], labels[known]).decision_function(table[unknown])
    return scores


def choose_threshold(scores: np.ndarray, replies: Sequence[Reply]) -> float:
    """The score that at most HELD_OF_ORDINARY of the ordinary replies reach when the phrases say nothing."""
    ordinary = sum(not reply.is_opt_out for reply in replies)
    left = [
        score
        for score, reply in zip(scores, replies, strict=True)
        if not reply.is_opt_out and by_phrases(reply.text).outcome == "ordinary"
    ]
    allowed = int(HELD_OF_ORDINARY * ordinary)
    return float(np.sort(left)[-allowed - 1]) + 1e-6


def write(file: Path, model: LogisticRegression, *, threshold: float, trained_on: str) -> None:
    """Store the weights as signed bytes; the head tells how to read them."""
    weights = model.coef_[0]
    scale = float(np.abs(weights).max()) / _MOST
    head = {
        "scale": round(scale, 9),
        "bias": round(float(model.intercept_[0]), 6),
        "threshold": round(threshold, 3),
        "trained_on": trained_on,
    }
    body = array("b", np.rint(weights / scale).astype(int).tolist())
    file.write_bytes(json.dumps(head).encode() + b"\n" + body.tobytes())


if __name__ == "__main__":
    main()
