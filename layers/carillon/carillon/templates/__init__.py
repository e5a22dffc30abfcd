"""Templates of notifications: texts with variables, in several languages, as the operator of a stack declares them.

Each is a file `templates/<name>/<version>.toml` beside `categories.toml`. docs/templates.md explains its fields.

`rendering.py` and `store.py` import Jinja and Babel. Only what uses a template may import these two, so that a cold
start without templates does not load them.
"""

from pathlib import Path

# The folder is beside the package: `sam build` copies the whole folder of the layer.
SHIPPED_TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
