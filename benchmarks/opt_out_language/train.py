"""`python -m benchmarks.opt_out_language.train`: learn `consent/doubt.bin` from the labelled replies, always the same.

The thresholds are chosen over replies of authors the classifier has not seen, each file by a classifier of the others.
"""

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut

from benchmarks.opt_out_language.replies import NATURAL, TRAINING, Reply, different, fingerprint, read
from consent import doubt
from consent.understanding import by_phrases

# How many ordinary replies may be held though no phrase found anything in them, counted where ordinary ones are usual.
HELD_OF_ORDINARY = 0.004
# How many of the requests that a phrase found still close, and how many of the hints at an opt-out still hold.
REQUESTS_KEPT = 0.995
HINTS_KEPT = 0.97
SEED = 20261122
# How freely the classifier may fit; found by trying 3, 10 and 30 over the files.
FREEDOM = 10.0
# How much more a rare feature may weigh than a usual one; found by trying 0 to 4 over the files.
RARITY = 3
_FILE = Path(doubt.__file__).with_name("doubt.bin")
_MOST = 127  # the largest weight of a signed byte


def main() -> None:
    """Train, choose the threshold, write the file and say what was done."""
    replies = different(read(TRAINING))
    table, labels = matrix(replies), np.array([reply.is_opt_out for reply in replies])
    unseen = unseen_scores(table, labels, replies)
    thresholds = choose_thresholds(unseen, replies)
    write(_FILE, fit(table, labels), thresholds, trained_on=fingerprint(TRAINING))
    chosen = ", ".join(f"{name} {score:.3f}" for name, score in thresholds.items())
    print(f"{len(replies):,} replies, {chosen}, {_FILE.name} {_FILE.stat().st_size:,} bytes")


def matrix(replies: Sequence[Reply]) -> csr_matrix:
    """A row of features for each reply."""
    rows = [doubt.features(reply.clauses) for reply in replies]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = [bucket for row in rows for bucket in row]
    values = [value for row in rows for value in row.values()]
    return csr_matrix((values, columns, ends), shape=(len(rows), doubt.BUCKETS))


@dataclass(frozen=True)
class Model:
    """A weight for each bucket, and the score of a reply without any."""

    weights: np.ndarray
    bias: float

    def scores(self, table: csr_matrix) -> np.ndarray:
        return np.asarray(table @ self.weights) + self.bias


def fit(table: csr_matrix, labels: np.ndarray) -> Model:
    """Logistic regression in which a feature may weigh the more the rarer it is."""
    rarity = how_rare(table)
    fitted = LogisticRegression(C=FREEDOM, max_iter=2000, random_state=SEED, solver="liblinear").fit(
        table @ diags(rarity), labels
    )
    return Model(fitted.coef_[0] * rarity, float(fitted.intercept_[0]))


def how_rare(table: csr_matrix) -> np.ndarray:
    """For each bucket the logarithm of how seldom it occurs, raised to RARITY; 1 on the average of those in use."""
    occurring = np.bincount(table.indices, minlength=table.shape[1])
    rare = np.power(np.log((1 + table.shape[0]) / (1 + occurring)), RARITY)
    return np.asarray(rare / rare[occurring > 0].mean())


def unseen_scores(table: csr_matrix, labels: np.ndarray, replies: Sequence[Reply]) -> np.ndarray:
    """The score of each reply by a classifier that has seen nothing of its authors: trained on the other files."""
    authors = [reply.source for reply in replies]
    scores = np.zeros(len(replies))
    for known, unknown in LeaveOneGroupOut().split(table, labels, authors):
        scores[unknown] = fit(table[known], labels[known]).scores(table[unknown])
    return scores


def choose_thresholds(scores: np.ndarray, replies: Sequence[Reply]) -> dict[str, float]:
    """The scores from which the classifier restricts, by their names in `doubt.Weights`."""
    grounds = np.array([by_phrases(reply.text).ground for reply in replies])
    labels = np.array([reply.label for reply in replies])
    opt_out = np.array([reply.is_opt_out for reply in replies])
    usual = np.array([reply.source in NATURAL for reply in replies]) & ~opt_out
    left = np.sort(scores[usual & (grounds == "nothing")])
    return {
        "agrees": float(np.quantile(scores[(grounds == "request") & (labels == "clear")], 1 - REQUESTS_KEPT)),
        "hinted": float(np.quantile(scores[(grounds == "hint") & opt_out], 1 - HINTS_KEPT)),
        "resembles": float(left[-int(HELD_OF_ORDINARY * usual.sum()) - 1]) + 1e-6,
    }


def write(file: Path, model: Model, thresholds: dict[str, float], *, trained_on: str) -> None:
    """Store the weights as signed bytes; the head tells how to read them."""
    scale = float(np.abs(model.weights).max()) / _MOST
    head = {
        "scale": round(scale, 9),
        "bias": round(model.bias, 6),
        **{name: round(score, 3) for name, score in thresholds.items()},
        "trained_on": trained_on,
    }
    body = array("b", np.rint(model.weights / scale).astype(int).tolist())
    file.write_bytes(json.dumps(head).encode() + b"\n" + body.tobytes())


if __name__ == "__main__":
    main()
