"""The team of a brand: who may do what; and the users behind it, for the superuser."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from contacts.admin_form import OneBrandForm
from contacts.admin_scope import OWNERS, BrandScopedAdmin, ScopedFilter
from contacts.admin_words import INFO, pill
from contacts.models import TeamMember


class NewMemberForm(OneBrandForm):
    """A new person of the team: a login of their own and a role."""

    username = forms.CharField(
        max_length=150,
        widget=UnfoldAdminTextInputWidget,
        help_text="What they log in with, e.g. their mail address",
    )
    password = forms.CharField(
        widget=UnfoldAdminPasswordWidget, help_text="Their first password; they change it after logging in"
    )

    class Meta:
        model = TeamMember
        fields = ["brand", "role"]

    def clean_username(self) -> str:
        name = cast("str", self.cleaned_data["username"]).strip()
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(
                "This name is taken. Choose another, or ask the operator to add the person."
            )
        return name

    def clean_password(self) -> str:
        password = cast("str", self.cleaned_data["password"])
        validate_password(password)
        return password


@admin.register(TeamMember)
class TeamMemberAdmin(BrandScopedAdmin):
    """A person's place in a brand; owners alone add and change."""

    change_roles = OWNERS
    delete_roles = OWNERS
    list_display = ("person", "role_shown", "brand")
    list_select_related = ("user", "brand")
    list_filter = ("role", ("brand", ScopedFilter))
    search_fields = ("user__username", "user__first_name", "user__last_name")

    @display(description="Person", ordering="user__username")
    def person(self, member: TeamMember) -> str:
        return member.user.get_full_name() or member.user.get_username()

    @display(description="Role", ordering="role")
    def role_shown(self, member: TeamMember) -> str:
        return pill(member.role, member.get_role_display(), tone=INFO)

    def get_form(self, request: HttpRequest, obj: Any = None, change: Any = False, **kwargs: Any) -> Any:
        if obj is None and self.has_add_permission(request):
            kwargs["form"] = NewMemberForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002 - Django's hook
        return ("brand", "user", "role") if obj else ("brand", "username", "password", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if not change:
            obj.user = User.objects.create_user(
                username=form.cleaned_data["username"], password=form.cleaned_data["password"], is_staff=True
            )
        super().save_model(request, obj, form, change)


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Users: who can log in. For the superuser; brands add people by their team."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    filter_horizontal = ()
