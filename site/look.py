"""Step 4 of the web edition: leave out what the theme brings and no page asks for, then read the built pages once more, and fail where a
link leads nowhere, a picture has no words, or something would be loaded from elsewhere.

    python look.py FOLDER
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src", "image": "href", "video": "src"}


UNUSED = ("**/*.map", "**/*-macros.html", "**/fontawesome*", "vendor", "locales", "images", "**/*.LICENSE.txt", "sbt-*")

MISNAMED = ' aria-label="Toggle hidden content"'


class Page(HTMLParser):
    """The ids, links, loads and wordless pictures of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.wordless: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.ids |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        if found.get(LOADS.get(tag, ""), "#") != "#":
            self.loads.append(found[LOADS[tag]])
        if (tag == "img" and not found.get("alt")) or (
            found.get("role") == "img" and not found.get("aria-label") and "aria-hidden" not in found
        ):
            self.wordless.append(found.get("src", f"a {tag}"))


def prune(folder: Path) -> None:
    """Removes what no page asks for (icon fonts, source maps, logos of services), and a name that hides what a fold says of itself."""
    for path in [path for pattern in UNUSED for path in (folder / "_static").glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    for page in folder.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if MISNAMED in text:
            page.write_text(text.replace(MISNAMED, ""), encoding="utf-8")


def problems(folder: Path) -> Iterator[str]:
    """One sentence for each thing that is wrong."""
    pages = {path: Page(path) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(folder)
        yield from (f"{name}: {picture} has no text alternative." for picture in page.wordless)
        for address in page.loads:
            if (split := urlsplit(address)).scheme not in ("", "data") or split.netloc:
                yield f"{name} loads {address}, which is not part of the site."
            elif not split.scheme and not (path.parent / unquote(split.path)).is_file():
                yield f"{name} loads {address}, which is not there."
        yield from (f"{name} links to {link}, which is not there." for link in page.links if not leads(path, link, pages))


def leads(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    """Whether a link of the page at `path` leads somewhere; addresses on other sites are not asked."""
    split = urlsplit(link)
    if split.scheme or split.netloc:
        return split.scheme in ("http", "https", "mailto")
    target = (path.parent / unquote(split.path)).resolve() if split.path else path
    if target == path.parent.resolve():
        target = target / "index.html"
    if split.fragment and target in pages:
        return unquote(split.fragment) in pages[target].ids
    return target.is_file()


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    prune(folder)
    found = list(problems(folder))
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
