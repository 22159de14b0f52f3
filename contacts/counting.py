"""PostgreSQL's idea of how large the tables are, on which its plans rest."""

from django.db import connection, models

from contacts.models import Contact, ContactPoint


def count_again(*others: type[models.Model]) -> None:
    """Have PostgreSQL look at the tables of people, and these, now.

    By itself it does so within a minute. Until then it takes a table that a hundred thousand people have just come
    into for one of a handful, and may plan to compare everybody with everybody. It looks at a sample, so this takes
    less than a second; a table that somebody else is looking at is left to them.
    """
    wanted: tuple[type[models.Model], ...] = (Contact, ContactPoint, *others)
    tables = ", ".join(model._meta.db_table for model in wanted)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE (SKIP_LOCKED) {tables}")
