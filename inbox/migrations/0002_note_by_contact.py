"""A note may be the person's own, left on their preference page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="note",
            name="by_contact",
            field=models.BooleanField(
                default=False, help_text="Asked by the person themselves, on their preference page"
            ),
        ),
    ]
