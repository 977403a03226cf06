"""Which tables of the READMEs are generated, and from what? ``make docs`` writes them; a test holds them to it.

Lives here: the map of each room (its sub-rooms and files with their questions, read from docstrings), and writing it,
the tables of signals, and the page of the checks into the READMEs.
"""

import ast
import re
from pathlib import Path

from features.explain.signal_table import render_family_table, render_signal_table
from features.mapping.products import render_product_table
from serving.settings import render_variables_table
from training.report import checks_page

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "training", "serving", "serving/store")


def read_question(path: Path) -> str:
    """Return the first paragraph of a module's docstring, on one line, safe inside a Markdown table."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.partition("\n\n")[0].split()).replace("|", "\\|")


def room_table(room: str) -> str:
    """Return the map of one room: its files, then its sub-rooms with the files in them."""
    folder = ROOT / room
    files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    rows = [f"| `{path.name}` | {read_question(path)} |" for path in files]
    for package in sorted(path.parent for path in folder.glob("*/__init__.py")):
        modules = sorted(path.stem for path in package.glob("*.py") if path.name != "__init__.py")
        packages = sorted(f"{path.parent.name}/" for path in package.glob("*/__init__.py"))
        names = ", ".join(f"`{name}`" for name in [*modules, *packages])
        rows.append(f"| `{package.name}/` | {read_question(package / '__init__.py')} {names} |")
    return "\n".join(["| place | question |", "| --- | --- |", *rows])


def replace_table(text: str, heading: str, table: str) -> str:
    """Return the README with the first table after a heading (or a sentence) replaced."""
    before, separator, after = text.partition(heading)
    if not separator:
        raise ValueError(f"readme_tables: no heading {heading!r}. Expected it once; add it where the table belongs.")
    return before + separator + re.sub(r"(?m)(?:^\|.*\n)+", lambda _: table + "\n", after, count=1)


def write_all() -> None:
    """Write every generated table into its README."""
    for room in ROOMS:
        path = ROOT / room / "README.md"
        path.write_text(
            replace_table(path.read_text(encoding="utf-8"), "## What lives here", room_table(room)), "utf-8"
        )
    features = ROOT / "features/README.md"
    text = replace_table(features.read_text(encoding="utf-8"), "## The families", render_family_table())
    text = replace_table(text, "## The signals", render_signal_table())
    text = replace_table(text, "## Exports of known products", render_product_table())
    features.write_text(text, encoding="utf-8")
    serving = ROOT / "serving/README.md"
    serving.write_text(
        replace_table(serving.read_text(encoding="utf-8"), "## Settings", render_variables_table()), "utf-8"
    )
    (ROOT / "training/checks/README.md").write_text(checks_page.render_page(), encoding="utf-8")


if __name__ == "__main__":
    write_all()
