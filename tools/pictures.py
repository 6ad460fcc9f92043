"""Take the README's pictures anew, from a real JupyterLab in headless Chromium.

python tools/pictures.py            writes site/_static/explorer.png and site/_static/explorer.gif
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser.jupyter import CHROMIUM, Notebook, Notebooks, start_jupyter  # noqa: E402  (a folder of the tests, found by the line above)

OUT = ROOT / "site" / "_static"
SMALL = "import backprop as bp\nbp.explorer(*bp.data.small_network(), bp.half_squared_error)"


def still(notebook: Notebook, explorer: Locator) -> None:
    """The explorer at the step "hidden error", its upper part."""
    explorer.get_by_role("button", name="hidden error").click()
    notebook.page.wait_for_timeout(300)
    box = explorer.bounding_box() or {"x": 0, "y": 0, "width": 1280}
    notebook.page.screenshot(path=OUT / "explorer.png", clip={"x": box["x"], "y": box["y"], "width": box["width"], "height": 720})


def frames(explorer: Locator) -> list[Image.Image]:
    """A slider that runs through its range, then twenty updates."""
    slider = explorer.locator(".bp-curve-panel input[type=range]")
    taken = []
    for value in [0.8 - 0.2 * k for k in range(16)] + [-2.2 + 0.3 * k for k in range(11)]:
        slider.fill(f"{value:.1f}")
        taken.append(shot(explorer))
    for _ in range(20):
        explorer.get_by_role("button", name="update").click()
        taken.append(shot(explorer))
    return taken


def shot(explorer: Locator) -> Image.Image:
    explorer.page.wait_for_timeout(60)
    image = Image.open(io.BytesIO(explorer.screenshot()))
    return image.crop((0, 0, image.width, int(image.width * 0.5))).resize((800, 400)).quantize(200)


def main() -> None:
    """Starts a server and a browser, takes both pictures, ends them."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server, process = start_jupyter(Path(folder))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        try:
            notebooks = Notebooks(server, browser)
            notebook = notebooks.open([SMALL], width=1280, height=1000)
            explorer = notebook.page.locator(".bp-explorer").first
            explorer.wait_for()
            pictures = frames(explorer)
            pictures[0].save(OUT / "explorer.gif", save_all=True, append_images=pictures[1:], duration=120, loop=0, optimize=True)
            explorer.get_by_role("button", name="back to the start").click()
            still(notebook, explorer)
            notebooks.close()
        finally:
            browser.close()
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()
