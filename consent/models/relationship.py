"""How a program treats the people it texts: the settings of the rules about the relationship."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

# The rules look at no more than so many of the latest texts, however old these are.
MOST_LOOKED_BACK = 12


class RelationshipRules(models.Model):
    """What a program may set about offers, listening, frequency and silence; columns of Program itself."""

    marketing_cap_per_week = models.PositiveSmallIntegerField(
        default=6, help_text="Marketing texts of the brand a person may get in any 7 days; 0: no such cap"
    )
    marketing_cap_per_month = models.PositiveSmallIntegerField(
        default=16, help_text="Marketing texts of the brand a person may get in any 30 days; 0: no such cap"
    )
    offer_share = models.PositiveSmallIntegerField(
        default=50,
        validators=[MaxValueValidator(100)],
        help_text="Percent of a person's latest texts that may be offers; the first after joining never is",
    )
    offer_window = models.PositiveSmallIntegerField(
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_LOOKED_BACK)],
        help_text="How many of the latest texts, the new one included, the share of offers is taken of",
    )
    quiet_after = models.PositiveSmallIntegerField(
        default=4,
        validators=[MaxValueValidator(10)],
        help_text="Unanswered texts after which they come a week apart, then two, then four; 0: never",
    )
    question_every = models.PositiveSmallIntegerField(
        default=5,
        validators=[MaxValueValidator(MOST_LOOKED_BACK)],
        help_text="One of so many texts in a row must be a question; 0: no matter",
    )
    rest_hours = models.PositiveSmallIntegerField(
        default=2, help_text="Hours without automatic texts after one of the team has written to a person"
    )
    silence_days = models.PositiveSmallIntegerField(
        default=1095, help_text="Days without a word after which people are asked again; 0: never"
    )
    texts_landlines = models.BooleanField(default=False, help_text="Text numbers known to be landlines too")
    texts_voip = models.BooleanField(
        "texts VoIP", default=True, help_text="Text numbers known to be internet lines too"
    )

    class Meta:
        abstract = True
