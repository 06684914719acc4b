"""Makes the pages of the documentation anew.

Of config/README.md the tables, from the schema and the models' declarations. As
docs/set-or-learned.md the page of the default study, if it has run, and of that page the part
that is made from the declarations.
"""

from pathlib import Path

from hypertrial import reference
from hypertrial.ledger import registry
from hypertrial.models import built_in

CONFIG = Path("config/README.md")
LEDGER = Path("docs/set-or-learned.md")
RESULT = Path("results/default/set_or_learned.md")

if __name__ == "__main__":
    CONFIG.write_text(reference.renew(CONFIG.read_text("utf-8")), "utf-8")
    page = (RESULT if RESULT.exists() else LEDGER).read_text("utf-8")
    LEDGER.write_text(registry.renew(page, built_in()), "utf-8")
