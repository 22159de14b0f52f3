"""`python -m benchmarks.opt_out_language.train`: learn `consent/resemblance.bin` from the replies, always the same.

The thresholds are chosen over replies of authors the classifiers have not seen, each file by those of the others.
"""

import json
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut
from sklearn.utils.parallel import Parallel, delayed

from benchmarks.opt_out_language.replies import NATURAL, TRAINING, Reply, different, fingerprint, read
from consent import resemblance
from consent.resemblance import Thresholds
from consent.understanding import by_phrases

# Of the ordinary replies, counted where these are as usual as in an inbox: how many may be held, and how many closed,
# though no phrase found anything in them. A missed opt-out is worse than a person's look, so the first has most of the
# hundredth of ordinary replies that may be held at all.
HELD_OF_ORDINARY = 0.006
CLOSED_OF_ORDINARY = 0.0003
# Of the requests and hints that phrases find in opt-outs: how many still close, or hold.
REQUESTS_KEPT = 0.9935
HINTS_KEPT = 0.95
# A language in which fewer ordinary replies were read is left to the phrases.
ENOUGH = 300
SEED = 20261122
# How freely the classifier may fit; found by trying 3, 10 and 30 over the files.
FREEDOM = 10.0
# How much more a rare feature may weigh than a usual one; found by trying 0 to 4 over the files.
RARITY = 3
_FILE = Path(resemblance.__file__).with_name("resemblance.bin")
_MOST = 127  # the largest weight of a signed byte


def main() -> None:
    """Train, choose the thresholds, write the file and say what was done."""
    replies = different(read(TRAINING))
    table, labels = matrix(replies), (opt_outs(replies), requests(replies))
    thresholds = choose_thresholds([unseen_scores(table, each, replies) for each in labels], replies)
    models = [fit(table, each) for each in labels]
    write(_FILE, models, thresholds, languages=read_enough(replies), trained_on=fingerprint(TRAINING))
    print(f"{len(replies):,} replies, {thresholds}, {_FILE.name} {_FILE.stat().st_size:,} bytes")


def opt_outs(replies: Sequence[Reply]) -> np.ndarray:
    """Which replies should close or be held."""
    return np.array([reply.is_opt_out for reply in replies])


def requests(replies: Sequence[Reply]) -> np.ndarray:
    """Which replies should close."""
    return np.array([reply.label == "clear" for reply in replies])


def matrix(replies: Sequence[Reply]) -> csr_matrix:
    """A row of features for each reply."""
    rows = [resemblance.features(reply.clauses) for reply in replies]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = [bucket for row in rows for bucket in row]
    values = [value for row in rows for value in row.values()]
    return csr_matrix((values, columns, ends), shape=(len(rows), resemblance.BUCKETS))


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
    folds = list(LeaveOneGroupOut().split(table, labels, authors))
    told = Parallel(n_jobs=-1)(delayed(_scores_of)(table, labels, *fold) for fold in folds)
    scores = np.zeros(len(replies))
    for (_, unknown), each in zip(folds, told, strict=True):
        scores[unknown] = each
    return scores


def _scores_of(table: csr_matrix, labels: np.ndarray, known: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    return fit(table[known], labels[known]).scores(table[unknown])


def choose_thresholds(unseen: Sequence[np.ndarray], replies: Sequence[Reply]) -> Thresholds:
    """From where the classifiers restrict, by the scores of replies whose authors they have not seen."""
    like_opt_outs, like_requests = unseen
    grounds = np.array([by_phrases(reply.text).ground for reply in replies])
    usual = np.array([reply.source in NATURAL for reply in replies])
    ordinary, asks, leaves = usual & ~opt_outs(replies), usual & requests(replies), usual & opt_outs(replies)
    open_to_closing = ordinary & ~np.isin(grounds, ["certain", "request"])
    return Thresholds(
        requested=lowest_kept(like_opt_outs[asks & (grounds == "request")], REQUESTS_KEPT),
        hinted=lowest_kept(like_opt_outs[leaves & (grounds == "hint")], HINTS_KEPT),
        alone=above_all_but(
            like_opt_outs[ordinary & (grounds == "nothing")], int(HELD_OF_ORDINARY * ordinary.sum())
        ),
        asked=above_all_but(like_requests[open_to_closing], int(CLOSED_OF_ORDINARY * ordinary.sum())),
    )


def read_enough(replies: Sequence[Reply]) -> list[str]:
    """The languages in which the classifiers know what is ordinary, in order."""
    read_of = Counter(reply.language for reply in replies if not reply.is_opt_out)
    return sorted(language for language, count in read_of.items() if count >= ENOUGH)


def lowest_kept(scores: np.ndarray, share: float) -> float:
    """The score that this share of the scores reaches."""
    return round(float(np.quantile(scores, 1 - share)), 3)


def above_all_but(scores: np.ndarray, allowed: int) -> float:
    """The lowest score that no more than so many reach."""
    return round(float(np.sort(scores)[-allowed - 1]) + 0.001, 3)


def write(
    file: Path, models: Sequence[Model], thresholds: Thresholds, *, languages: Sequence[str], trained_on: str
) -> None:
    """Store what was learned as `resemblance.read` reads it: the weights as signed bytes, in units of their scale."""
    scales = [float(np.abs(model.weights).max()) / _MOST for model in models]
    opt_out, request = (
        {"scale": round(scale, 9), "bias": round(model.bias, 6)}
        for model, scale in zip(models, scales, strict=True)
    )
    head = {
        "opt_out": opt_out, "request": request, "thresholds": asdict(thresholds), "languages": languages,
        "trained_on": trained_on,
    }  # fmt: skip
    body = b"".join(
        np.rint(model.weights / scale).astype(np.int8).tobytes()
        for model, scale in zip(models, scales, strict=True)
    )
    file.write_bytes(json.dumps(head).encode() + b"\n" + zlib.compress(body, 9))


if __name__ == "__main__":
    main()
