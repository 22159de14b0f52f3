"""A sender's day can be capped."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0005_held_for_a_place")]

    operations = [
        migrations.AlterField(
            model_name="spendcap",
            name="of",
            field=models.CharField(
                choices=[
                    ("campaign", "A campaign, all its time"),
                    ("program_day", "A program's automatic texts, each day of the brand's own clock"),
                    (
                        "sender_day",
                        "All that leaves from a sender, each day of the US Pacific clock, which carriers go by",
                    ),
                ],
                max_length=11,
            ),
        ),
    ]
