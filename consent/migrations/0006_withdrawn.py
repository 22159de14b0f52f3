"""A request to join can end without an agreement: under age, left, or not answered in time."""

from django.db import migrations, models

ACTS = [
    ("requested", "Asked to join"),
    ("withdrawn", "Request ended"),
    ("granted", "Agreed"),
    ("confirmed", "Confirmed"),
    ("revoked", "Left"),
    ("paused", "Paused"),
    ("reduced", "Asked for fewer"),
    ("resumed", "Resumed"),
    ("held", "Held for a person to look"),
    ("released", "Hold released"),
    ("expired", "Expired"),
    ("blocked_by_carrier", "Blocked by the carrier"),
    ("undeliverable", "Number cannot be reached"),
    ("erased", "Erased"),
]


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_signup_form")]

    operations = [
        migrations.AlterField(
            model_name="consentevent", name="act", field=models.CharField(choices=ACTS, max_length=20)
        ),
    ]
