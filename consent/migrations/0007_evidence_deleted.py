"""Evidence can be deleted lawfully: the ledger itself says so, and the check can tell it from a tampering."""

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
    ("evidence_deleted", "Evidence deleted"),
]


class Migration(migrations.Migration):
    dependencies = [("consent", "0006_withdrawn")]

    operations = [
        migrations.AlterField(
            model_name="consentevent", name="act", field=models.CharField(choices=ACTS, max_length=20)
        ),
    ]
