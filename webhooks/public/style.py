"""How a public page looks: one small style sheet, in the page itself, with the brand's colour."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

DEFAULT_ACCENT = "#1f4b99"
ACCENT = re.compile(r"#[0-9a-fA-F]{6}")
# Of black and white one has at least this contrast with any colour: WCAG 2.2, 1.4.3 asks for 4.5.
_MIDDLE = 0.179


def sheet(accent: str, *, also: str = "") -> str:
    """The style sheet with the accent `#rrggbb`; a colour that is none gives way to ours.

    `also` names a package whose own page.css is added.
    """
    colour = accent if ACCENT.fullmatch(accent) else DEFAULT_ACCENT
    root = f":root{{--accent:{colour};--on-accent:{_readable_on(colour)}}}"
    return root + _rest("webhooks.public") + _rest(also)


def source(style: str) -> str:
    """How the content security policy names this very style sheet, e.g. 'sha256-…'."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"


def _readable_on(colour: str) -> str:
    """Black or white, whichever is easier to read on the colour (relative luminance of WCAG 2.2)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return "#000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _MIDDLE else "#fff"


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own


@cache
def _rest(package: str) -> str:
    """page.css without its comments and the spaces nobody needs."""
    if not package:
        return ""
    text = files(package).joinpath("page.css").read_text(encoding="utf-8")
    bare = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s*([{}:;,])\s*", r"\1", " ".join(bare.split())).replace(";}", "}")
