"""The admin site: unfold's, with the product's home page."""

from unfold.sites import UnfoldAdminSite


class AdminSite(UnfoldAdminSite):
    """One site for brand staff and compliance staff; what each sees is scoped to their brands."""
