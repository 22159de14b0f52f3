"""Whether a program's texts move to another of its senders when theirs cannot send."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0011_relationship_rules")]

    operations = [
        migrations.AddField(
            model_name="program",
            name="fails_over",
            field=models.BooleanField(
                default=False,
                help_text="When a sender cannot send, its automatic texts move to the next sender of the same country",
            ),
        ),
        migrations.AddField(
            model_name="program",
            name="answers_fail_over",
            field=models.BooleanField(
                default=False,
                help_text="Answers move with them, though they then come from a number the person did not write to",
            ),
        ),
    ]
