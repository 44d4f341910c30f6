"""How Sphinx makes the site of our Markdown pages: `make site`. The source folder is the top of the checkout.

So links between pages, which GitHub follows from file to file, are the site's too, and each is checked: a page or a
heading that is not there is a warning, and with -W a warning ends the build. Nothing is fetched, neither by the build
nor by who reads: the theme has its fonts from the system, and search is a script of the site's own.
"""

# ruff: noqa: INP001 - Sphinx reads it; nobody imports it

project = "Kubevigil"
copyright = "the Kubevigil authors"  # noqa: A001 - Sphinx's name

extensions = ["myst_parser"]
include_patterns = [
    "docs/**",
    "README.md",
    "UPGRADE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "charts/kubevigil/README.md",
    "rules/runbooks/**",
    "testbed/README.md",
]
exclude_patterns = [".*", "build", "exporter", "tests", "node_modules"]
root_doc = "docs/site/index"

# Without what GitHub does not know, so that a page is the same in both places: a line may begin with "%".
myst_disable_syntax = ["myst_role", "myst_line_comment", "myst_block_break", "myst_target"]
myst_heading_anchors = 4
highlight_language = "text"  # of blocks that name none
# Answers of commands are shown with an ellipsis where they were cut, which no lexer takes.
suppress_warnings = ["misc.highlighting_failure"]

# "--" is two hyphens here: flags stand in prose too.
smartquotes = False

html_theme = "furo"
html_title = "Kubevigil"
html_copy_source = False
html_show_sphinx = False
html_permalinks_icon = "#"
html_static_path = ["static"]
html_css_files = ["wide.css"]
templates_path = ["templates"]
html_additional_pages = {"index": "top.html"}
