"""Every admin page opens, for every role, with queries that do not grow with the rows."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from tests.admin_story import Story, tell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def story(noon: object, acme: object) -> Story:
    return tell(acme)


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_list_opens_with_constant_queries(story: Story, django_assert_max_num_queries: object) -> None:
    client = client_of(story.cast.team["owner"])
    for model, page in admin.site._registry.items():
        if model._meta.label in {"auth.User", "webhooks.QuarantinedRequest"}:
            continue
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        with django_assert_max_num_queries(16):
            answer = client.get(url)
        assert answer.status_code == 200, url
