"""How the admin looks and what its sidebar holds."""

from typing import Any

UNFOLD: dict[str, Any] = {"SITE_TITLE": "Text programs", "SITE_HEADER": "Text programs"}
