"""Which notebooks are there, and which cells has each, as source and as the notebook that Jupyter opens?"""

import json
import re
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "NOTEBOOKS", "read_cells", "read_ipynb", "read_outputs"]

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))


def read_cells(source: str) -> list[tuple[str, str]]:
    """Return (kind, text) of each cell of a file in the percent format, as Jupytext reads it.

    >>> read_cells("# %% [markdown]\\n# # Title\\n\\n# %%\\nx = 1\\n")
    [('markdown', '# Title'), ('code', 'x = 1')]
    """
    cells = []
    for part in re.split(r"(?m)^# %%", source)[1:]:
        head, _, body = part.partition("\n")
        kind = "markdown" if head.strip() == "[markdown]" else "code"
        lines = body.strip("\n").splitlines()
        if kind == "markdown":
            lines = [line.removeprefix("#").removeprefix(" ") for line in lines]
        cells.append((kind, "\n".join(lines)))
    return cells


def read_ipynb(notebook: Path) -> dict[str, Any]:
    """Return the notebook that is paired with a source file."""
    return json.loads(notebook.with_suffix(".ipynb").read_text(encoding="utf-8"))


def read_outputs(notebook: Path) -> list[str]:
    """Return every text that a notebook's outputs hold; pictures are left out."""
    texts = []
    for cell in read_ipynb(notebook)["cells"]:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            parts = [output.get("text", ""), *(data[kind] for kind in data if kind.startswith("text/"))]
            texts += ["".join(part) for part in parts if part]
    return texts
