"""Settings of the documentation: Sphinx reads them, `make docs` builds it.

Pages are Markdown (MyST). Nothing is fetched while it is built, and a warning is an error. Python blocks of the pages
run as tests (`tests/test_documents.py`).
"""

import importlib.metadata

project = "Chinwag"
author = "Chinwag contributors"
release = importlib.metadata.version("chinwag")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = "Chinwag"
html_show_sphinx = False
