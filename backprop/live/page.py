"""The explorer on a page without a kernel: plain HTML and one classic script, which also work from disk (file://)."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

from backprop.live import front
from backprop.live.widget import Explorer


def figure(ex: Explorer) -> str:
    """An explorer as HTML: its values for `script`, and the values table as text where scripts do not run."""
    return from_state(ex.get_state(), repr(ex))


def from_state(state: Mapping[str, Any], text: str) -> str:
    """The same from an explorer's widget state, as an executed notebook holds it, and its text."""
    values = {name: state[name] for name in Explorer.page_values}
    data = json.dumps(values, ensure_ascii=False).replace("</", "<\\/")
    return f'<div data-backprop-explorer><script type="application/json">{data}</script><pre>{html.escape(text)}</pre></div>'


def script() -> str:
    """The front end as one classic script that brings every `figure` on the page to life; load it after them, or with `defer`."""
    return f"(() => {{\n{front.scopes()}\n{front.read('mount.js')}\n}})();\n"


def style() -> str:
    """The style sheet of `figure`."""
    return front.css()


def document(ex: Explorer, title: str = "explorer") -> str:
    """A whole page that holds one explorer and needs nothing else."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{style()}</style></head>\n"
        f"<body>{figure(ex)}<script>{script()}</script></body></html>\n"
    )
