"""Whether a text sounds angry or sad: a short list of words per language, which can only keep machines quiet."""

import tomllib
from functools import cache
from importlib.resources import files

from django.db import models

from consent import keywords


class Mood(models.TextChoices):
    """How a person sounds when a machine had better be silent."""

    ANGRY = "angry", "Angry"
    SAD = "sad", "Sad"


def mood(text: str) -> str:
    """The mood that a word or phrase of `moods.toml` gives away, anger first; "" when none does.

    Read without case, accents and emoji. It misses much, and errs to the side of silence: what it finds only
    makes automatic texts wait until a person has looked.
    """
    said = f" {keywords.normalise(text)} "
    return next((found for found, phrases in _phrases() if any(phrase in said for phrase in phrases)), "")


@cache
def _phrases() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The phrases of all languages by mood, each between spaces, so that only whole words are found."""
    languages = tomllib.loads(files("consent").joinpath("moods.toml").read_text(encoding="utf-8"))
    return tuple(
        (
            each.value,
            tuple(f" {keywords.normalise(line)} " for table in languages.values() for line in table[each]),
        )
        for each in (Mood.ANGRY, Mood.SAD)
    )
