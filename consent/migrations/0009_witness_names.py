"""How witnesses and deliveries are called on screen; no table changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("consent", "0008_unsealed")]
    operations = [
        migrations.AlterModelOptions(
            name="headwitness", options={"verbose_name": "witness", "verbose_name_plural": "witnesses"}
        ),
        migrations.AlterModelOptions(
            name="headdelivery", options={"verbose_name": "delivery", "verbose_name_plural": "deliveries"}
        ),
    ]
