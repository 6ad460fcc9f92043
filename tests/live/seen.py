"""What a learner sees of an explorer, read from its elements, beside what core says: shared by the tests in JupyterLab and from disk."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page, expect

from backprop import core
from backprop.core import Layer
from backprop.functions import Cost

_CELLS = "(table) => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent))"


def number(text: str) -> float:
    """A number as the page writes it; NaN for one that is not computed yet."""
    found = re.search(r"[−-]?\d+(\.\d+)?(e[−+-]?\d+)?", text)
    return float(found[0].replace("−", "-")) if found else float("nan")


class Seen:
    """One explorer on a page."""

    def __init__(self, page: Page, nth: int = 0) -> None:
        self.page = page
        self.root: Locator = page.locator(".bp-explorer").nth(nth)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def press(self, name: str) -> None:
        """Presses a button and waits for the next picture; while it plays, the table is hardly ever at rest."""
        self.button(name).click()
        if name != "play":
            self.drawn()

    def drawn(self) -> None:
        """Waits until the page has drawn what was asked for so far."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        expect(self.root.locator(".bp-values")).not_to_have_attribute("aria-busy", "true")

    @property
    def slider(self) -> Locator:
        return self.root.locator(".bp-curve-panel input[type=range]")

    @property
    def entry(self) -> Locator:
        return self.root.get_by_label("value", exact=True)

    def parameter(self, name: str) -> Locator:
        """A unit or an edge of the picture, by its name."""
        return self.root.get_by_role("slider", name=name, exact=True).and_(self.root.locator("[data-parameter]"))

    def step(self) -> str:
        current = self.root.locator("[data-step][aria-current=step]")
        return str(current.get_attribute("data-step")) if current.count() else "start"

    def C(self) -> float:
        """C as the values table says it; the table is written every 120 ms only, so it is waited for, as in `units` and `slopes`."""
        self.drawn()
        return number(self.root.locator(".bp-total").inner_text())

    def units(self) -> list[list[float]]:
        """z, a (p) and δ of every unit, example by example."""
        self.drawn()
        return [[number(cell) for cell in row[1:]] for row in self.root.locator(".bp-units").evaluate(_CELLS)]

    def slopes(self) -> list[list[float]]:
        """The value and the slope of every parameter, in the order of the table."""
        self.drawn()
        return [[number(cell) for cell in row[1:]] for row in self.root.locator(".bp-slopes").evaluate(_CELLS)]

    def lit(self) -> dict[str, list[str]]:
        """What is violet now: in the picture, in the equation, in its numbers, in the code."""
        on = "(els) => els.map((el) => el.textContent)"
        return {
            "picture": self.root.locator(".bp-net .bp-lit").evaluate_all("(els) => els.map((el) => el.getAttribute('aria-label'))"),
            "equation": self.root.locator(".bp-eq > span:first-child .bp-on:not([data-term=result])").evaluate_all(on),
            "numbers": self.root.locator(".bp-eq > span:last-child .bp-on").evaluate_all(on),
            "code": self.root.locator(".bp-code .bp-on").evaluate_all(on),
        }

    def says(self) -> str:
        """The live region."""
        return self.root.locator("[aria-live]").inner_text()

    def ready(self) -> Seen:
        expect(self.root).to_be_visible(timeout=30_000)
        self.drawn()
        return self


def expected(net: list[Layer], x: Any, y: Any, cost: Cost, example: int | None = None) -> tuple[float, Any, Any]:
    """C, [z, a, δ] of every unit, [value, slope] of every parameter, from core, in the order of the tables."""
    rows = slice(None) if example is None else [example]
    C, grads = core.gradients(net, x[rows], y[rows], cost)
    steps = core.forward(net, x[rows])
    units = [
        [s.z[n, j], s.a_out[n, j], g.delta[n, j]]
        for n in range(len(x[rows]))
        for s, g in zip(steps, grads, strict=True)
        for j in range(s.z.shape[1])
    ]
    slopes = [np.c_[np.r_[layer.W.ravel(), layer.b], np.r_[g.dW.ravel(), g.db]] for layer, g in zip(net, grads, strict=True)]
    return float(C), np.array(units), np.concatenate(slopes)


def assert_shows(seen: Seen, net: list[Layer], x: Any, y: Any, cost: Cost, example: int | None = None) -> None:
    """Every number of the tables is the one of core, to the digits shown."""
    C, units, slopes = expected(net, x, y, cost, example)
    np.testing.assert_allclose(seen.C(), C, rtol=6e-4)
    got = np.array(seen.units())
    np.testing.assert_allclose(got[:, [0, 1, -1]], units, rtol=6e-4, atol=1e-12)
    np.testing.assert_allclose(np.array(seen.slopes()), slopes, rtol=6e-4, atol=1e-12)
