"""How a program treats the people it texts: offers, listening, frequency, silence, kinds of line."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0010_who_left")]

    operations = [
        migrations.AddField(
            model_name="program",
            name="marketing_cap_per_week",
            field=models.PositiveSmallIntegerField(
                default=6,
                help_text="Marketing texts of the brand a person may get in any 7 days; 0: no such cap",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="marketing_cap_per_month",
            field=models.PositiveSmallIntegerField(
                default=16,
                help_text="Marketing texts of the brand a person may get in any 30 days; 0: no such cap",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="offer_share",
            field=models.PositiveSmallIntegerField(
                default=50,
                validators=[MaxValueValidator(100)],
                help_text="Percent of a person's latest texts that may be offers; the first after joining never is",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="offer_window",
            field=models.PositiveSmallIntegerField(
                default=4,
                validators=[MinValueValidator(1), MaxValueValidator(12)],
                help_text="How many of the latest texts, the new one included, the share of offers is taken of",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="quiet_after",
            field=models.PositiveSmallIntegerField(
                default=4,
                validators=[MaxValueValidator(10)],
                help_text="Unanswered texts after which they come a week apart, then two, then four; 0: never",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="question_every",
            field=models.PositiveSmallIntegerField(
                default=5,
                validators=[MaxValueValidator(12)],
                help_text="One of so many texts in a row must be a question; 0: no matter",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="rest_hours",
            field=models.PositiveSmallIntegerField(
                default=2,
                help_text="Hours without automatic texts after one of the team has written to a person",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="silence_days",
            field=models.PositiveSmallIntegerField(
                default=1095, help_text="Days without a word after which people are asked again; 0: never"
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="texts_landlines",
            field=models.BooleanField(default=False, help_text="Text numbers known to be landlines too"),
        ),
        migrations.AddField(
            model_name="program",
            name="texts_voip",
            field=models.BooleanField(
                default=True,
                help_text="Text numbers known to be internet lines too",
                verbose_name="texts VoIP",
            ),
        ),
    ]
