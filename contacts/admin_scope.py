"""Who sees and does what in the admin: everything is limited to the user's brands and to the role in each."""

import dataclasses
import uuid
from collections.abc import Collection
from functools import reduce
from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.text import capfirst
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from contacts import clock
from contacts.admin_form import OneBrandForm
from contacts.models import Brand, Contact, Role, TeamMember

OWNERS = frozenset({Role.OWNER})
MANAGERS = frozenset({Role.OWNER, Role.MARKETER})
ANSWERERS = frozenset({Role.OWNER, Role.MARKETER, Role.AGENT})
NOBODY: frozenset[Role] = frozenset()
CHOSEN = "brand"  # the session's key for the brand looked at, of several


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """A user's role in each of their brands, and the brands now looked at (all, or the chosen one)."""

    roles: dict[uuid.UUID, Role]
    all_brands: tuple[Brand, ...]
    brands: tuple[Brand, ...]
    is_unlimited: bool

    @property
    def ids(self) -> list[uuid.UUID]:
        return [brand.id for brand in self.brands]

    def may(self, roles: Collection[Role], brand_id: uuid.UUID | None = None) -> bool:
        """Has the user one of these roles in that brand, or (no brand given) in any brand of theirs?"""
        if brand_id is None:
            return any(role in roles for role in self.roles.values())
        return self.roles.get(brand_id) in roles

    def brands_where(self, roles: Collection[Role]) -> list[Brand]:
        return [brand for brand in self.brands if self.roles[brand.id] in roles]

    def only(self, rows: "models.QuerySet[Any]", path: str = "brand") -> "models.QuerySet[Any]":
        """The rows whose brand, found along `path`, is one of those looked at."""
        if self.is_unlimited:
            return rows
        # One brand is an equality, so that an index that begins with the brand also gives the order.
        if len(self.brands) == 1:
            return rows.filter(**{path: self.ids[0]})
        return rows.filter(**{f"{path}__in": self.ids})


def scope_of(request: HttpRequest) -> Scope:
    """The scope of the logged-in user, read once per request."""
    known: Scope | None = getattr(request, "_brand_scope", None)
    if known is None:
        known = _read_scope(request)
        request._brand_scope = known  # type: ignore[attr-defined]  # noqa: SLF001 - kept for this request only
    return known


def _read_scope(request: HttpRequest) -> Scope:
    user = request.user
    brands = tuple(TeamMember.objects.brands_of(user)) if user.is_authenticated else ()
    if user.is_authenticated and user.is_superuser:
        roles = dict.fromkeys((brand.id for brand in brands), Role.OWNER)
    else:
        rows = TeamMember.objects.filter(user_id=user.pk or 0).values_list("brand_id", "role")
        roles = {brand_id: Role(role) for brand_id, role in rows}
    chosen = request.session.get(CHOSEN)
    narrowed = tuple(brand for brand in brands if str(brand.id) == chosen)
    is_unlimited = bool(user.is_authenticated and user.is_superuser and not narrowed)
    return Scope(roles=roles, all_brands=brands, brands=narrowed or brands, is_unlimited=is_unlimited)


def contact_for(request: HttpRequest, contact_id: uuid.UUID, roles: Collection[Role]) -> Contact:
    """The person, of a brand of the user's (else 404), in which the user has one of these roles (else 403)."""
    scope = scope_of(request)
    contact: Contact = get_object_or_404(scope.only(Contact.objects.select_related("brand")), id=contact_id)
    if not scope.may(roles, contact.brand_id):
        raise PermissionDenied
    return contact


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than it pages, so that a list of millions opens as fast as one of hundreds."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, models.QuerySet):
            return super().count
        return rows.order_by()[: self.most].count()


class ScopedFields:
    """The choices of every foreign key, limited to the brands of the user."""

    change_roles: frozenset[Role] = MANAGERS

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        scope = scope_of(request)
        model = db_field.remote_field.model
        if model is Brand:
            brands = scope.brands_where(self.change_roles)
            kwargs["queryset"] = Brand.objects.filter(id__in=[brand.id for brand in brands])
            if len(brands) == 1:
                kwargs |= {"initial": brands[0].id, "widget": HiddenInput()}
        elif model is get_user_model():
            kwargs["queryset"] = get_user_model().objects.filter(memberships__brand__in=scope.ids).distinct()
        else:
            kwargs["queryset"] = model._default_manager.filter(brand__in=scope.ids)  # noqa: SLF001 - Django's name
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The field without the pop-up links of related rows: each has its page in the sidebar."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        for gate in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if hasattr(getattr(field, "widget", None), gate):
                setattr(field.widget, gate, False)
        return field


class BrandScopedAdmin(ScopedFields, ModelAdmin):
    """An admin page on which roles decide, by the object's brand; Django's own permissions play no part.

    `brand_path` leads from the model to its brand; what belongs to another brand is not there (404).
    """

    brand_path = "brand"
    view_roles: frozenset[Role] = frozenset(Role)
    delete_roles: frozenset[Role] = NOBODY
    newest_field = ""
    form = OneBrandForm
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    actions = None
    list_fullwidth = True
    # Words separated by commas fit in one line.
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}

    def get_queryset(self, request: HttpRequest) -> Any:
        return scope_of(request).only(super().get_queryset(request), self.brand_path)

    def get_ordering(self, request: HttpRequest) -> Any:
        """Newest first along the index that begins with the brand; over several brands along the time-ordered key."""
        if not self.newest_field:
            return super().get_ordering(request)
        return [self.newest_field] if len(scope_of(request).brands) == 1 else ["-pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = tuple(super().get_readonly_fields(request, obj))
        return (
            (*fixed, "brand")
            if obj is not None and self.brand_path == "brand" and "brand" not in fixed
            else fixed
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if not change and hasattr(obj, "created_at") and obj.created_at is None:
            obj.created_at = clock.now()
        super().save_model(request, obj, form, change)

    def brand_id_of(self, obj: Any) -> uuid.UUID | None:
        """The id of the brand an object belongs to."""
        path = self.brand_path if self.brand_path == "pk" else f"{self.brand_path}_id"
        found: uuid.UUID | None = reduce(getattr, path.split("__"), obj)
        return found

    def _may(self, roles: Collection[Role], request: HttpRequest, obj: Any) -> bool:
        return scope_of(request).may(roles, None if obj is None else self.brand_id_of(obj))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser or self._may(self.view_roles, request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(self.change_roles, request, None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(self.change_roles, request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(self.delete_roles, request, obj)

    def _demand_change(self, request: HttpRequest, obj: Any) -> None:
        """Raise PermissionDenied unless the user may change this object."""
        if not self.has_change_permission(request, obj):
            raise PermissionDenied

    def _get_obj_does_not_exist_redirect(self, *_: Any) -> HttpResponseRedirect:
        raise Http404


class ReadOnlyAdmin(BrandScopedAdmin):
    """A record: nobody adds, changes or deletes here, a superuser included."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's hook
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's hook
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's hook
        return False


class ScopedInline(ScopedFields, TabularInline):
    """Rows of an object, editable by who may change the object."""

    extra = 0
    hide_title = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The field with its name on it: in a row it stands in the head of the table, which labels nothing."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and field.label:
            field.widget.attrs["aria-label"] = capfirst(field.label)
        return field

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - the parent decided
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return scope_of(request).may(self.change_roles, getattr(obj, "brand_id", None))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)


class ReadOnlyInline(ScopedInline):
    """Rows of an object that nobody edits."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's hook
        return False


class ScopedFilter(RelatedFieldListFilter):
    """A list filter that offers only what belongs to the user's brands."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ARG002
        model = field.remote_field.model
        scope = scope_of(request)
        if model is Brand:
            return [(str(brand.id), brand.name) for brand in scope.brands]
        rows = scope.only(model._default_manager.all())  # noqa: SLF001 - Django's name
        return [(str(row.pk), str(row)) for row in rows[:200]]
