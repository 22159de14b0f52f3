"""Which edition of a number's preference links is good."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_pauses")]

    operations = [
        migrations.AddField(
            model_name="contactpoint",
            name="link_edition",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Links to the preference page of an earlier one are dead",
            ),
        ),
    ]
