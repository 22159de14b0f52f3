"""The labelled replies: one JSON object a line, with its text, language and label."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from consent.replies import own_clauses

Label = Literal["clear", "unclear", "ordinary", "help", "start"]
HERE = Path(__file__).parent
# What was looked at while the phrases were written stands in TOLD; what is held out was read by nobody who wrote them.
# Signs of trouble were narrowed later, over the ordinary replies of all but the twelfth and thirteenth.
# The second, fifth, seventh and eighth were held out until the classifiers learned from them too. Each file has its
# own authors.
TRAINING = (
    "training.jsonl",
    "more_training.jsonl",
    "training_second.jsonl",
    "training_third_a.jsonl",
    "training_third_b.jsonl",
    "training_fourth.jsonl",
    "training_fifth.jsonl",
    "training_sixth.jsonl",
    "training_seventh.jsonl",
    "training_eighth.jsonl",
    "training_ninth_a.jsonl",
    "training_ninth_b.jsonl",
    "training_ninth_c.jsonl",
    "training_ninth_d.jsonl",
    "training_ninth_e.jsonl",
    "training_ninth_f.jsonl",
    "training_ninth_g.jsonl",
    "training_ninth_h.jsonl",
    "training_ninth_i.jsonl",
    "training_ninth_j.jsonl",
    "training_ninth_k.jsonl",
    "training_ninth_l.jsonl",
    "training_ninth_m.jsonl",
    "training_tenth.jsonl",
    "training_eleventh_n.jsonl",
    "training_eleventh_o.jsonl",
    "training_eleventh_p.jsonl",
    "training_eleventh_q.jsonl",
    "training_eleventh_r.jsonl",
    "training_eleventh_s.jsonl",
    "training_eleventh_t.jsonl",
    "training_eleventh_u.jsonl",
    "training_twelfth_v.jsonl",
    "training_twelfth_w.jsonl",
    "training_twelfth_x.jsonl",
    "training_twelfth_y.jsonl",
    "training_thirteenth_a.jsonl",
    "training_thirteenth_b.jsonl",
    "training_thirteenth_c.jsonl",
    "training_thirteenth_d.jsonl",
    "training_thirteenth_e.jsonl",
    "training_thirteenth_f.jsonl",
    "training_thirteenth_g.jsonl",
)
TOLD = {
    "training.jsonl": "the phrases were written with it",
    "more_training.jsonl": "the phrases were written with it; mostly replies that are hard to leave alone",
    "training_second.jsonl": "held out at first; two thirds of it were then looked at for the phrases",
    "training_third_a.jsonl": "English, Spanish, French; hard on purpose; two thirds looked at for the phrases",
    "training_third_b.jsonl": "other languages; hard on purpose; two thirds looked at for the phrases",
    "training_fourth.jsonl": "as people write by themselves; two thirds looked at for the phrases",
    "training_fifth.jsonl": "held out at first; half of it was then looked at for the phrases",
    "training_sixth.jsonl": "English most; many ways to leave; half looked at for the phrases",
    "training_seventh.jsonl": "held out at first; half of what two authors wrote",
    "training_eighth.jsonl": "held out at first; the other half",
    "training_ninth_a.jsonl": "English, mostly ways to leave; for the classifiers only",
    "training_ninth_b.jsonl": "English, mostly hard to leave alone; for the classifiers only",
    "training_ninth_c.jsonl": "Spanish, French; for the classifiers only",
    "training_ninth_d.jsonl": "German, Dutch, Polish; for the classifiers only",
    "training_ninth_e.jsonl": "Italian, Portuguese; for the classifiers only",
    "training_ninth_f.jsonl": "32 other languages; for the classifiers only",
    "training_ninth_g.jsonl": "English, as many persons' words; for the classifiers only",
    "training_ninth_h.jsonl": "Spanish, French, Portuguese, as many persons' words; for the classifiers only",
    "training_ninth_i.jsonl": "German, Italian, Dutch, Polish, as many persons' words; for the classifiers only",
    "training_ninth_j.jsonl": "English, signs of trouble beside their words in other senses; for the classifiers only",
    "training_ninth_k.jsonl": "the same in seven languages; for the classifiers only",
    "training_ninth_l.jsonl": "English, as in an inbox; for the classifiers only",
    "training_ninth_m.jsonl": "the same in seven languages; for the classifiers only",
    "training_tenth.jsonl": "English; a few that the tests of people's wordings found missing",
    "training_eleventh_n.jsonl": "English, mostly unclear, far-fetched wordings; for the classifiers only",
    "training_eleventh_o.jsonl": "the same in Spanish, French, Portuguese, Italian; for the classifiers only",
    "training_eleventh_p.jsonl": "the same in German, Dutch, Polish and others; for the classifiers only",
    "training_eleventh_q.jsonl": "English, the same words in opt-outs and in others; for the classifiers only",
    "training_eleventh_r.jsonl": "whole inboxes of eighty businesses; for the classifiers only",
    "training_eleventh_s.jsonl": "English, everyday unclear ones and what looks alike; for the classifiers only",
    "training_eleventh_t.jsonl": "the same in seven languages; for the classifiers only",
    "training_eleventh_u.jsonl": "English and US Spanish, the same by kinds of business; for the classifiers only",
    "training_twelfth_v.jsonl": "US English, as in an inbox, no two ways to leave alike; for the classifiers only",
    "training_twelfth_w.jsonl": "the same in Spanish, French, Portuguese; for the classifiers only",
    "training_twelfth_x.jsonl": "the same in German, Italian, Dutch, Polish; for the classifiers only",
    "training_twelfth_y.jsonl": "the same in the English of other countries; for the classifiers only",
    "training_thirteenth_a.jsonl": "English, inboxes, no two ways to leave alike; for the classifiers only",
    "training_thirteenth_b.jsonl": "the same in Spanish, French, Portuguese, Italian; for the classifiers only",
    "training_thirteenth_c.jsonl": "the same in German, Dutch, Polish; for the classifiers only",
    "training_thirteenth_d.jsonl": "English, many ways to leave, and what looks alike; for the classifiers only",
    "training_thirteenth_e.jsonl": "the same in Spanish and Portuguese; for the classifiers only",
    "training_thirteenth_f.jsonl": "the same in French and Italian; for the classifiers only",
    "training_thirteenth_g.jsonl": "the same in German, Dutch, Polish; for the classifiers only",
}
# The files in which replies are about as usual as in an inbox; the others are mostly hard ones.
NATURAL = (
    "training_second.jsonl",
    "training_fourth.jsonl",
    "training_fifth.jsonl",
    "training_seventh.jsonl",
    "training_eighth.jsonl",
    "training_eleventh_r.jsonl",
)
# The authors of the first were told what those of the training files were told; those of the others knew only what the
# labels mean, and so show better how far all this carries. The third was asked for what people write most.
HELD_OUT = ("heldout.jsonl", "heldout_second.jsonl", "heldout_third.jsonl")


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of a file, and what a fair person takes it for: `clear` must close, `unclear` at least be held."""

    text: str
    language: str
    label: Label
    source: str = ""

    @property
    def is_opt_out(self) -> bool:
        return self.label in {"clear", "unclear"}

    @property
    def clauses(self) -> list[list[str]]:
        return own_clauses(self.text, ())


def read(names: tuple[str, ...]) -> list[Reply]:
    """The replies of those files that exist, in order."""
    lines = [(name, json.loads(line)) for name in names if (HERE / name).exists() for line in _lines(name)]
    return [Reply(each["text"], each["language"], each["label"], name) for name, each in lines]


def different(replies: Iterable[Reply]) -> list[Reply]:
    """The replies without those that were written before, letter case aside."""
    return list({told(reply.text): reply for reply in reversed(list(replies))}.values())[::-1]


def unseen() -> list[Reply]:
    """The held-out replies without those that somebody also wrote into the training files, letter case aside."""
    known = {told(reply.text) for reply in read(TRAINING)}
    return [reply for reply in read(HELD_OUT) if told(reply.text) not in known]


def fingerprint(names: tuple[str, ...]) -> str:
    """SHA-256 of the replies, so that weights can name what they were trained on."""
    lines = [line for name in names if (HERE / name).exists() for line in _lines(name)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def told(text: str) -> str:
    """A text as repeats are told: letter case and spaces aside."""
    return " ".join(text.casefold().split())


def _lines(name: str) -> list[str]:
    return [line for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line.strip()]
