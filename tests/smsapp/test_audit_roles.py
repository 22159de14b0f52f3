"""The desk is for owners and auditors; an auditor changes nothing, by the database's own word; looks go on record."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import InternalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from consent.models import Access, ConsentEvent
from contacts.models import Brand, Role, TeamMember
from smsapp.audit import packs
from smsapp.audit.permission import AuditorsReadOnly
from tests.admin_pages import SCOPED
from tests.admin_story import Story, client_of, extra_pages, url
from tests.architecture.test_urls import PRIVATE_ONES

pytestmark = pytest.mark.django_db
PLAIN_PAGES = ("home", "opt-outs", "holds", "disclosures", "looks", "packs")


def desk(story: Story) -> list[str]:
    person = [story.point.contact_id]
    event = ConsentEvent.objects.filter(point=story.point).earliest("seq")
    return [
        *(reverse(f"audit:{name}") for name in PLAIN_PAGES),
        reverse("audit:person", args=person),
        reverse("audit:then", args=person),
        reverse("audit:receipt", args=[*person, event.id]),
    ]


@pytest.mark.parametrize(
    ("role", "status"), [(Role.OWNER, 200), (Role.AUDITOR, 200), (Role.MARKETER, 403), (Role.AGENT, 403)]
)
def test_the_desk_is_for_owners_and_auditors(ours: Story, role: Role, status: int) -> None:
    client = client_of(ours.cast.team[role.value])
    for address in desk(ours):
        assert client.get(address).status_code == status, address
    for name in ("search", "order"):
        answer = client.post(reverse(f"audit:{name}"), {"who": "x"})
        assert (answer.status_code == 403) == (status == 403), name
    assert (
        "Auditor's desk" in client.get(reverse("admin:index")).content.decode().replace("&#x27;", "'")
    ) == (status == 200)


def test_a_role_in_one_brand_opens_no_desk_of_another(ours: Story, theirs: Story) -> None:
    agent = ours.cast.team["agent"]
    TeamMember.objects.create(brand=theirs.cast.brand, user=agent, role=Role.AUDITOR)
    client = client_of(agent)
    assert client.get(reverse("audit:person", args=[theirs.point.contact_id])).status_code == 200
    assert client.get(reverse("audit:person", args=[ours.point.contact_id])).status_code == 404
    shown = "".join(client.get(reverse(f"audit:{name}")).content.decode() for name in PLAIN_PAGES)
    assert ours.secret not in shown


def test_a_superuser_has_the_desk_of_every_brand(ours: Story, theirs: Story) -> None:
    client = client_of(User.objects.create_superuser("root", password="correct horse"))
    for story in (ours, theirs):
        for address in desk(story):
            assert client.get(address).status_code == 200, address


def test_no_address_of_the_admin_lets_an_auditor_write(
    ours: Story, settings: Any, tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """Every address by POST: refused, or a list that is shown; only a search and an order write, and only the look.

    The form of each row is in test_admin_roles.
    """
    settings.VAR_DIR = tmp_path
    client = client_of(ours.cast.team["auditor"])
    own = {reverse("admin:logout"), reverse("admin:password_change")}
    looking = {reverse("audit:search"), reverse("audit:order")}
    plain = {address for address in PRIVATE_ONES if address.startswith("/admin/") and "/x/" not in address}
    addresses = {*plain, *(address for _, address in extra_pages(ours)), *desk(ours)} - own
    assert looking < addresses
    sent = {
        "body": "hello",
        "name": "changed",
        "who": ours.point.address,
        "contact": str(ours.point.contact_id),
    }
    answers = {}
    before = table_sizes()
    with django_capture_on_commit_callbacks(execute=True):
        for address in sorted(addresses):
            answers[address] = client.post(address, sent).status_code
    after = table_sizes()
    assert after.pop("consent_access") > before.pop("consent_access")
    assert after == before
    shown = {url(label, "changelist") for label in SCOPED} | {reverse("admin:index")}
    shown |= {address for method, address in extra_pages(ours) if method == "get"}
    # These work out something for the page that asks, and keep nothing.
    shown |= {reverse("inbox:count"), url("campaigns.Campaign", "preview"), reverse("admin:search")}
    for address, status in answers.items():
        if address.startswith(reverse("audit:home")) and address not in looking:
            assert status in {403, 404, 405}, (address, status)
        elif address not in looking | shown:
            assert status in {302, 403, 404, 405}, (address, status)


def table_sizes() -> dict[str, tuple[int, int]]:
    """Rows, and a number that changes with any change to any of them, of every table but the sessions."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name != "django_session"]
        found = {}
        for name in tables:
            cursor.execute(f'SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM "{name}" t')
            found[name] = cursor.fetchone()
    return found


def test_a_page_with_a_mistake_still_writes_nothing_for_an_auditor(ours: Story) -> None:
    def careless(request: HttpRequest) -> HttpResponse:
        Brand.objects.filter(id=ours.cast.brand.id).update(name="Changed")
        return HttpResponse()

    guard = AuditorsReadOnly(careless)
    with pytest.raises(InternalError, match="read-only transaction"):
        guard(asked_by(ours.cast.team["auditor"]))
    assert guard(asked_by(ours.cast.team["agent"])).status_code == 200


def asked_by(user: User) -> HttpRequest:
    request = RequestFactory().post("/admin/anything/")
    request.user, request.session = user, {}  # type: ignore[assignment]
    return request


def test_who_is_more_than_an_auditor_somewhere_is_not_kept_from_working_there(
    ours: Story, theirs: Story
) -> None:
    marketer = ours.cast.team["marketer"]
    TeamMember.objects.create(brand=theirs.cast.brand, user=marketer, role=Role.AUDITOR)
    ours.campaign.body = f"{ours.cast.brand.name}: grind finer. Reply STOP to end"  # fit to be a first text
    ours.campaign.save()
    answer = client_of(marketer).post(url("campaigns.Campaign", "move", ours.campaign.pk, "launch"))
    assert answer.status_code == 302
    ours.campaign.refresh_from_db()
    assert ours.campaign.launched_at


def test_an_auditor_logs_out_and_changes_the_own_password(ours: Story) -> None:
    client = client_of(ours.cast.team["auditor"])
    words = {
        "old_password": "correct horse",
        "new_password1": "battery staple 9",
        "new_password2": "battery staple 9",
    }
    assert client.post(reverse("admin:password_change"), words).status_code == 302
    assert client.post(reverse("admin:logout")).status_code == 200
    assert client.get(reverse("audit:home")).status_code == 302


def looks() -> list[tuple[str, Any]]:
    return list(Access.objects.order_by("id").values_list("page", "contact_id"))


def test_a_look_at_a_person_goes_on_record_wherever_it_happens(
    ours: Story, django_capture_on_commit_callbacks: Any
) -> None:
    person = ours.point.contact_id
    client = client_of(ours.cast.team["auditor"])
    for address in (
        reverse("audit:person", args=[person]),
        reverse("audit:then", args=[person]),
        reverse("inbox:thread", args=[ours.thread.pk]),
        url("contacts.Contact", "change", person),
    ):
        with django_capture_on_commit_callbacks(execute=True):
            assert client.get(address).status_code == 200, address
    assert looks() == [("timeline", person), ("then", person), ("thread", person), ("contact", person)]
    assert set(Access.objects.values_list("user__username", "brand__slug")) == {("auditor@acme", "acme")}


def test_the_same_look_within_ten_minutes_is_one(
    ours: Story, noon: Any, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_of(ours.cast.team["agent"])
    counts = []
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            client.get(reverse("inbox:thread", args=[ours.thread.pk]))
        counts.append(Access.objects.count())
        noon.shift(400)
    assert counts == [1, 1, 2]


def test_a_search_goes_on_record_without_what_was_searched_for(
    ours: Story, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        client_of(ours.cast.team["owner"]).post(reverse("audit:search"), {"who": ours.point.address})
    row = Access.objects.get()
    assert (row.page, row.contact_id, row.detail) == ("search", None, "")


def test_an_order_of_a_pack_goes_on_record(
    ours: Story, settings: Any, tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.VAR_DIR = tmp_path
    client = client_of(ours.cast.team["auditor"])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("audit:order"), {"contact": str(ours.point.contact_id)})
        client.post(
            reverse("audit:order"),
            {"brand": str(ours.cast.brand.id), "first": "2026-11-01", "last": "2026-11-18"},
        )
    assert looks() == [("export", ours.point.contact_id), ("export", None)]
    assert Access.objects.last().detail == "2026-11-01 to 2026-11-18"  # type: ignore[union-attr]
    assert len(packs.of_brands([ours.cast.brand.id])) == 2


def test_the_access_log_is_narrowed_to_a_team_member_and_to_a_person(
    ours: Story, theirs: Story, django_capture_on_commit_callbacks: Any
) -> None:
    person = ours.point.contact_id
    for role in ("agent", "owner"):
        with django_capture_on_commit_callbacks(execute=True):
            client_of(ours.cast.team[role]).get(reverse("inbox:thread", args=[ours.thread.pk]))
    with django_capture_on_commit_callbacks(execute=True):
        client_of(theirs.cast.team["owner"]).get(reverse("inbox:thread", args=[theirs.thread.pk]))
    client = client_of(ours.cast.team["auditor"])

    def names(**query: str) -> list[str]:
        rows = client.get(reverse("audit:looks"), query).context["looked"].rows
        return [row.name for row in rows]

    assert names() == ["owner@acme", "agent@acme"]
    assert names(user=str(ours.cast.team["agent"].pk)) == ["agent@acme"]
    assert names(person=str(person)) == ["owner@acme", "agent@acme"]
    assert names(person=str(uuid.uuid4())) == []


def test_a_stranger_sees_nothing_of_the_desk(ours: Story) -> None:
    for address in desk(ours):
        assert Client().get(address).status_code == 302, address
