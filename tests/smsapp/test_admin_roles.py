"""A role never does more in the admin than it may."""

import uuid

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from contacts.admin_scope import ReadOnlyAdmin
from contacts.models import Role, TeamMember
from tests.admin_pages import AGENTS_TOO, OF_BRANDS, OWNERS_ONLY, RECORDS, ROLES
from tests.admin_story import Story, client_of, extra_pages, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def may_write(label: str, role: str) -> bool:
    if label in RECORDS or label == "contacts.ContactImport" or role == Role.AUDITOR:
        return False
    if role == Role.AGENT:
        return label in AGENTS_TOO
    return role == Role.OWNER or label not in OWNERS_ONLY


@pytest.mark.parametrize(("role", "is_told"), [("agent", True), ("owner", False)])
def test_first_steps_lead_nobody_where_their_role_may_not_go(acme: Cast, role: str, *, is_told: bool) -> None:
    page = client_of(acme.team[role]).get(reverse("admin:index")).content.decode()
    assert "First steps" in page
    assert ("not by your role; ask an owner" in page) == is_told


def test_an_auditor_looks_at_everything_and_changes_nothing(ours: Story) -> None:
    client = client_of(ours.cast.team["auditor"])
    for label in OF_BRANDS:
        row = ours.rows[label]
        expected = 403 if label == "messaging.Account" else 200
        assert client.get(url(label, "change", row.pk)).status_code == expected, label
        assert client.post(url(label, "change", row.pk), {"name": "changed"}).status_code == 403, label
        assert client.get(url(label, "add")).status_code == 403, label
        assert client.post(url(label, "delete", row.pk), {"post": "yes"}).status_code == 403, label
    for method, address in extra_pages(ours):
        if method == "post":
            assert client.post(address, {"body": "hello", "text": "hello"}).status_code == 403, address
    assert not ours.thread.messages.filter(origin="reply").exists()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_writes_where_it_may_and_nowhere_else(role: str, ours: Story) -> None:
    user = ours.cast.team[role]
    client = client_of(user)
    for label in OF_BRANDS:
        row = ours.rows[label]
        if label == "messaging.Account" and role != Role.OWNER:
            assert client.get(url(label, "change", row.pk)).status_code == 403
            continue
        page = client.get(url(label, "change", row.pk))
        assert page.status_code == 200, label
        assert (b'name="_save"' in page.content) == may_write(label, role), (label, role)


@pytest.mark.parametrize("label", sorted(RECORDS))
def test_nobody_edits_the_record_not_even_a_superuser(label: str, ours: Story) -> None:
    page = next(page for model, page in admin.site._registry.items() if model._meta.label == label)
    assert isinstance(page, ReadOnlyAdmin)
    root = User.objects.create_superuser("root", password="correct horse")
    client = client_of(root)
    assert client.get(url(label, "add")).status_code == 403
    if label in ours.rows:
        row = ours.rows[label]
        assert client.get(url(label, "change", row.pk)).status_code == 200
        assert client.post(url(label, "change", row.pk), {}).status_code == 403
        assert client.post(url(label, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_staff_of_no_brand_see_nothing(ours: Story) -> None:
    client = client_of(User.objects.create_user("new", password="correct horse", is_staff=True))
    assert client.get(reverse("admin:index")).status_code == 200
    for label in OF_BRANDS:
        assert client.get(url(label, "changelist")).status_code == 403, label


def test_a_stranger_is_asked_to_log_in() -> None:
    for address in (
        reverse("admin:index"),
        reverse("inbox:threads"),
        reverse("inbox:thread", args=[uuid.uuid4()]),
    ):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_an_owner_adds_a_team_member_with_a_login(ours: Story) -> None:
    client = client_of(ours.cast.team["owner"])
    form = {
        "brand": ours.cast.brand.id,
        "username": "nina@acme",
        "password": "a fine long sentence",
        "role": "agent",
    }
    answer = client.post(url("contacts.TeamMember", "add"), form)
    assert answer.status_code == 302, answer.content
    member = TeamMember.objects.get(user__username="nina@acme")
    assert (member.brand, member.role, member.user.is_staff, member.user.is_superuser) == (
        ours.cast.brand,
        "agent",
        True,
        False,
    )


def test_a_taken_login_is_not_taken_over(ours: Story, theirs: Story) -> None:
    client = client_of(ours.cast.team["owner"])
    form = {
        "brand": ours.cast.brand.id,
        "username": "owner@rival",
        "password": "a fine long sentence",
        "role": "agent",
    }
    assert client.post(url("contacts.TeamMember", "add"), form).status_code == 200
    assert not TeamMember.objects.filter(brand=ours.cast.brand, user__username="owner@rival").exists()
