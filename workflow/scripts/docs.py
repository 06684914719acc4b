"""Makes the tables of config/README.md anew from the schema and the models' declarations."""

from pathlib import Path

from hypertrial import reference

PAGE = Path("config/README.md")

if __name__ == "__main__":
    PAGE.write_text(reference.renew(PAGE.read_text("utf-8")), "utf-8")
