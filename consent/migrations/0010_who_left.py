"""The few who left are found at once beside millions of agreements."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0009_witness_names")]

    operations = [
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(
                fields=["brand", "-recorded_at"],
                name="ledger_who_left",
                condition=models.Q(
                    ("act__in", ["revoked", "blocked_by_carrier", "undeliverable", "erased", "held"])
                ),
            ),
        )
    ]
