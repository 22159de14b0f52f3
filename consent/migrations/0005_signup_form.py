"""A sign-up try knows the form that was sent, so that a double click is one try."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_append_only_log")]

    operations = [
        migrations.AddField(
            model_name="signupattempt",
            name="form_id",
            field=models.UUIDField(null=True, unique=True),
        ),
        migrations.AlterModelOptions(
            name="signuppage", options={"ordering": ["slug"], "verbose_name": "sign-up page"}
        ),
    ]
