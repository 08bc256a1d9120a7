"""Settings of the documentation: Sphinx reads them, `make docs` builds it.

Pages are Markdown (MyST). Nothing is fetched while it is built, and a warning is an error. Python blocks of the pages
run as tests (`tests/test_documents.py`). The reference is made of the docstrings of `src`, installed or not.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "src"))

project = "Chinwag"
author = "Chinwag contributors"
release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
# Types stay in the signature: a description's own words say more than a second list of types.
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
# Defaults as they are written: a class among them, shown by its repr, would leave the whole signature unreadable.
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
# Without it, an argument such as `from_` loses its underscore.
strip_signature_backslash = True

html_theme = "furo"
html_title = "Chinwag"
html_show_sphinx = False
