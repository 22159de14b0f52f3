"""The admin's pages: they open with queries that do not grow, say what is true, and their buttons do what they say."""

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from contacts import clock
from messaging.models import Message
from tests.admin_story import Story, client_of, hears, says, tell, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def story(acme: Cast) -> Story:
    return tell(acme)


def crowd(story: Story, count: int) -> None:
    """More people, each with a consent, a text out and a text in."""
    for number in range(count):
        point = story.cast.person(first_name=f"Person{number}")
        says(story.cast, point, "Grind finer")
        hears(story.cast, point, "Thanks")


def test_lists_and_pages_ask_no_more_for_more_rows(story: Story, django_assert_max_num_queries: Any) -> None:
    crowd(story, 12)
    client = client_of(story.cast.team["owner"])
    for model in admin.site._registry:
        label = model._meta.label
        if label in {"auth.User", "webhooks.QuarantinedRequest"}:
            continue
        with django_assert_max_num_queries(14):
            assert client.get(url(label, "changelist")).status_code == 200, label
        with django_assert_max_num_queries(
            45
        ):  # the person's page asks the gate for each program and purpose
            assert client.get(url(label, "change", story.rows[label].pk)).status_code == 200, label


def test_the_home_page_and_the_inbox_ask_no_more_for_more_rows(
    story: Story, django_assert_max_num_queries: Any
) -> None:
    client = client_of(story.cast.team["owner"])
    crowd(story, 12)
    with django_assert_max_num_queries(31):  # a third of them look for what is stuck
        client.get(reverse("admin:index"))
    with django_assert_max_num_queries(10):
        client.get(reverse("inbox:list"))
    with django_assert_max_num_queries(24):
        client.get(reverse("inbox:thread", args=[story.thread.pk]))


def test_a_list_counts_no_further_than_it_pages(
    story: Story, django_assert_num_queries: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("contacts.admin_scope.BoundedPaginator.most", 3)
    crowd(story, 5)
    shown = client_of(story.cast.team["owner"]).get(url("messaging.Message", "changelist"))
    assert shown.context["cl"].result_count == 3


@pytest.mark.usefixtures("lively")
def test_the_home_page_answers_its_questions(story: Story) -> None:
    cast = story.cast
    left = cast.person(first_name="Lea", last_name="Gone")
    cast.stop(left)
    refused = says(cast, left, "Grind finer")
    sent = says(cast, cast.person(), "Grind finer")
    Message.objects.filter(id=sent.id).update(
        status="delivered", handed_off_at=clock.now(), provider_sid="SM1"
    )
    shown = client_of(cast.team["auditor"]).get(reverse("admin:index")).context
    assert (shown["out"], shown["inbound"], shown["delivered"]) == (1, 1, 1)
    assert refused.status == "refused"
    assert [(row["words"], row["count"]) for row in shown["refused"]] == [("Asked to get no more texts", 1)]
    assert [event.contact.first_name for event in shown["left"]] == ["Lea"]
    assert shown["waiting"]["count"] == 1
    assert shown["latency"].most == 12.5
    assert (shown["stuck"], shown["stuck_count"], shown["worst"]) == ([], 0, None)


def test_a_new_brand_is_told_the_next_step(acme: Cast) -> None:
    shown = client_of(acme.team["owner"]).get(reverse("admin:index")).content.decode()
    assert "Import people with their consent" in shown
    assert "Nothing went out or came in today." in shown


def test_the_timeline_tells_consent_in_words_with_its_proof(story: Story) -> None:
    story.cast.stop(story.point)
    shown = client_of(story.cast.team["auditor"]).get(
        url("contacts.Contact", "change", story.point.contact_id)
    )
    text = shown.content.decode()
    assert "The number was closed to every program, by keyword." in text
    assert "https://acme.example/join" in text
    told = shown.context["timeline"]
    assert [event.seq for event in told] == [2, 1]


@pytest.mark.parametrize("query", ["+1 (206) 555", "206555", "zqacme you", "Young"])
def test_people_are_found_by_number_and_name(story: Story, query: str) -> None:
    story.cast.person(first_name="Else", last_name="Other", address="+442079460000")
    shown = client_of(story.cast.team["agent"]).get(url("contacts.Contact", "changelist"), {"q": query})
    assert [contact.pk for contact in shown.context["cl"].result_list] == [story.point.contact_id]
