"""How Sphinx makes the documentation site of these pages: `make docs`, then build/docs/index.html."""

import re
from pathlib import Path

from sphinx.application import Sphinx

from placet import __version__

ROOT = Path(__file__).resolve().parents[1]
OUTWARD_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\./[^)#\s]+)(?:#[^)\s]*)?\)")

project = "placet"
copyright = "the authors of placet, Apache-2.0"
version = release = __version__

extensions = ["myst_parser"]
myst_heading_anchors = 6
exclude_patterns = ["build"]
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = f"placet {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_extra_path = ["placet.schema.json"]
html_theme_options = {"source_directory": "docs/", "top_of_page_buttons": []}


def without_outward_links(app: Sphinx, name: str, source: list[str]) -> None:
    """Turn links to files outside docs/, which the site does not hold, into the names of those files."""
    page = Path(app.srcdir, name).parent

    def shown(match: re.Match[str]) -> str:
        target = (page / match[2]).resolve()
        inside = target.is_relative_to(app.srcdir) or not target.is_relative_to(ROOT)
        return match[0] if inside else f"{match[1]} (`{target.relative_to(ROOT)}`)"

    source[0] = OUTWARD_LINK.sub(shown, source[0])


def setup(app: Sphinx) -> None:
    """Register the hook."""
    app.connect("source-read", without_outward_links)
