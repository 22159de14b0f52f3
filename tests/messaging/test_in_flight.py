"""Whoever waits for the requests to a closed number finds them by a step into the index of that number."""

import pytest
from django.db import connection

from messaging import in_flight


@pytest.mark.django_db
def test_the_plan_that_is_kept_from_an_empty_table_suits_a_full_one() -> None:
    asked = in_flight._MAY_STILL_BEGIN
    for place in ("$1", "$2", "$3"):
        asked = asked.replace("%s", place, 1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE kept (uuid[], timestamptz, timestamptz) AS {asked}")
        cursor.execute("EXPLAIN EXECUTE kept ('{}', now(), now())")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE kept")
    assert "Index Scan using message_open_of_point" in plan, plan
    assert "Index Scan using contacts_contactpoint_pkey" in plan, plan
    assert "message_leases" not in plan
    assert "Seq Scan" not in plan
