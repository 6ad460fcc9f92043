"""Step 2 of the web edition: Sphinx, over the pages that source.py laid out in _build/source."""

import sys
from pathlib import Path

SITE = Path(__file__).resolve().parent
sys.path.insert(0, str(SITE))

import backprop  # noqa: E402 - after the path

project = "backprop-course"
author = "the authors of backprop-course"
copyright = "the authors. Text and pictures: CC BY 4.0; code: MIT"
release = backprop.__version__
language = "en"

extensions = ["myst_nb", "directives"]
exclude_patterns = ["notebooks/**"]
nitpicky = True
suppress_warnings = ["mystnb.unknown_mime_type"]

nb_execution_mode = "off"  # source.py has executed the lessons
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath", "deflist", "attrs_inline"]
myst_heading_anchors = 3
myst_dmath_double_inline = True
html_math_renderer = "prerendered"  # directives.py leaves TeX in place, math.mjs typesets it: no script on the page, nothing to wait for

html_theme = "sphinx_book_theme"
html_title = "Backpropagation, so that you trust your own gradients"
html_short_title = "Backpropagation"
html_static_path = ["_static", "_build/source/_static"]
templates_path = ["_templates"]
html_css_files = ["explorer.css", "site.css"]
html_js_files = [("explorer.js", {"defer": "defer"}), ("site.js", {"defer": "defer"})]
html_copy_source = False
html_use_index = False
html_show_sourcelink = False
html_permalinks_icon = "#"
html_baseurl = ""
html_theme_options = {
    "home_page_in_toc": False,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "use_source_button": False,
    "show_navbar_depth": 2,
    "article_header_end": ["theme-switcher", "toggle-secondary-sidebar"],
    "search_bar_text": "Search the course",
    "toc_title": "On this page",
    "logo": {"text": "Backpropagation"},
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_content_items": ["copyright"],
}
html_context = {"default_mode": "auto"}  # the theme's empty default logs an error on every page
