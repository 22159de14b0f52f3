from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0007_kept_changes_and_decisions'),
    ]

    operations = [
        migrations.AlterField(
            model_name='contactimport',
            name='status',
            field=models.CharField(choices=[('draft', 'Columns not chosen yet'), ('waiting', 'Waiting for a worker'), ('preview', 'Preview, nothing written'), ('running', 'Running'), ('settling', 'Imported, waiting for texts under way'), ('done', 'Done'), ('failed', 'Failed, nothing was imported')], default='running', max_length=10),
        ),
    ]
