"""The page's JavaScript: that of the library comes out of its Python package."""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files as packaged
from pathlib import Path

ASSETS = Path(__file__).parents[3] / "report"
EXPORT = re.compile(r"export\s*\{([^}]*)\};?")


@dataclass(frozen=True)
class Script:
    """A script of the page; a module runs after the page has been read."""

    text: str
    module: bool = False

    @property
    def digest(self) -> str:
        """What the page's policy allows it by."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


def scripts() -> list[Script]:
    """Return the page's scripts in the order in which they run."""
    tables = (packaged("itables") / "html" / "dt_bundle.js").read_text("utf-8")
    own = (ASSETS / "report.js").read_text("utf-8")
    found = [Script(_as_global(tables), True), Script(own, True)]
    for script in found:
        if "</script" in script.text.lower():  # would end the element that holds it
            raise ValueError("a library holds the end tag of a script")
    return found


def _as_global(bundle: str) -> str:
    """Return the bundle of DataTables as a script of the page instead of a module to import."""
    exported = EXPORT.search(bundle)
    if exported is None:
        raise ValueError("itables: the bundle of DataTables exports nothing")
    pairs = [name.split(" as ") for name in exported.group(1).split(",")]
    names = {pair[-1].strip(): pair[0].strip() for pair in pairs}
    made = f";globalThis.DataTable={names['default']};"
    script = bundle[: exported.start()] + made + bundle[exported.end() :]
    return script.replace("<!--", r"\x3C!--")  # in HTML it would change how the script ends


def styles() -> tuple[str, str]:
    """Return the style sheet of DataTables and the page's own."""
    tables = (packaged("itables") / "html" / "dt_bundle.css").read_text("utf-8")
    return tables, (ASSETS / "report.css").read_text("utf-8")


def policy(found: Sequence[Script]) -> str:
    """Return the Content-Security-Policy: these scripts, pictures in the page, nothing else.

    The library sets styles in the page, so styles are allowed in it.
    """
    allowed = " ".join(script.digest for script in found)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )
