"""Pictures for the page: what `draw.show` displays becomes an SVG in the page's own colours, light and dark, with its words."""

from __future__ import annotations

import io
import re
from html import escape
from typing import Any

# the five colours of backprop.draw, and white and black, as the page's variables
VARIABLES = {
    "#2970cf": "--fig-blue",
    "#d0662a": "--fig-orange",
    "#7c3aed": "--fig-violet",
    "#1d2430": "--fig-ink",
    "#667085": "--fig-grey",
    "#d5dae1": "--fig-faint",
    "#f7f8fa": "--fig-ground",
    "#ffffff": "--fig-paper",
    "#000000": "--fig-ink",
}


def install() -> None:
    """In a lesson's kernel: `draw.show` hands over SVG from now on."""
    from backprop import draw

    draw.show = show


def show(fig: Any, alt: str) -> None:
    """Display `fig` as SVG beside its text alternative."""
    import matplotlib
    from IPython.display import display

    text = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": alt}):
        fig.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    display({"image/svg+xml": text.getvalue(), "text/plain": alt}, raw=True)


def colour(code: str) -> str:
    """A picture's colour as the page's: one of the five, or a place on the map of heights (draw.HEIGHT, white to #cfd8e6)."""
    if code in VARIABLES:
        return f"var({VARIABLES[code]})"
    r, g, b = (255 - int(code[i : i + 2], 16) for i in (1, 3, 5))
    share = r / 48
    on_map = share <= 1 and abs(39 * share - g) <= 2 and abs(25 * share - b) <= 2
    return f"color-mix(in srgb, var(--fig-paper), var(--fig-faint) {share:.0%})" if on_map else code


def figure(svg: str, alt: str, name: str) -> str:
    """A picture as HTML: inline SVG with ids of its own, colours that follow the page, and its words for whoever cannot see it."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', "", svg, count=1).replace("<svg", '<svg aria-hidden="true" focusable="false"', 1)
    svg = re.sub(r"#[0-9a-f]{6}\b", lambda found: colour(found[0]), svg)
    svg = re.sub(r">\s+<", "><", svg)
    return f'<div class="bp-figure" role="img" aria-label="{escape(alt)}">{svg}</div>'
