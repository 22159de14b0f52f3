from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('contacts', '0002_ways_in'),
    ]

    operations = [
        migrations.AddField(
            model_name='contactimport',
            name='header',
            field=models.CharField(blank=True, default='', help_text="Digest of the file's columns", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='contactimport',
            name='is_preview',
            field=models.BooleanField(default=False, help_text='Rows are judged, and nothing is written'),
        ),
        migrations.AddField(
            model_name='contactimport',
            name='opted_out',
            field=models.PositiveIntegerField(default=0, help_text='Left: the number is closed'),
        ),
        migrations.AddField(
            model_name='contactimport',
            name='reasons',
            field=models.JSONField(blank=True, default=list, help_text='How often each reason was given'),
        ),
        migrations.AlterField(
            model_name='contactimport',
            name='status',
            field=models.CharField(choices=[('draft', 'Columns not chosen yet'), ('waiting', 'Waiting for a worker'), ('preview', 'Preview, nothing written'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed, nothing was imported')], default='running', max_length=10),
        ),
        migrations.AlterField(
            model_name='importrow',
            name='outcome',
            field=models.CharField(choices=[('accepted', 'Accepted'), ('cannot_text', 'Accepted, cannot text'), ('opted_out', 'Left, number closed'), ('refused', 'Refused')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='contactimport',
            index=models.Index(condition=models.Q(('status__in', ['waiting', 'running'])), fields=['status', 'started_at'], name='import_unfinished'),
        ),
    ]
