"""QR codes as SVG, to print at any size."""

import io

import segno

# Quiet zone in modules, as ISO/IEC 18004 asks for, and the size of a module in the drawing.
BORDER, SCALE = 4, 8


def svg(content: str) -> bytes:
    """A QR code of this content, black on white; error correction M (15 %) or better for scratched paper."""
    drawn = io.BytesIO()
    segno.make(content, error="m", micro=False).save(
        drawn, kind="svg", scale=SCALE, border=BORDER, light="#fff", omitsize=True
    )
    return drawn.getvalue()
