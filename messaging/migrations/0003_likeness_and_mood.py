"""What a text says in 64 bits, how a thread's person sounds, and when one of the team last wrote."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_redacted")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="likeness",
            field=models.BigIntegerField(
                blank=True, null=True, help_text="Texts that say the same have nearly the same bits"
            ),
        ),
        migrations.AddField(model_name="thread", name="last_reply_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="thread",
            name="mood",
            field=models.CharField(
                blank=True,
                choices=[("angry", "Angry"), ("sad", "Sad")],
                db_default="",
                default="",
                max_length=5,
            ),
        ),
    ]
