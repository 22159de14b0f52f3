from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table is written by every webhook, so nothing waits while this index is made."""

    atomic = False

    dependencies = [("webhooks", "0003_texts_that_were_pulled")]

    operations = [
        AddIndexConcurrently(
            "webhookevent",
            models.Index(condition=models.Q(said_at__isnull=False), fields=["received_at"], name="webhook_pulled"),
        ),
    ]
