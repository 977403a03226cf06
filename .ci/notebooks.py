"""Run the notebooks and keep what they show: notebooks/NAME.py -> notebooks/NAME.ipynb, with outputs.

    .venv/bin/python .ci/notebooks.py [NUMBER ...]    # `make notebooks` installs what this needs

The .py is the source and the .ipynb is made from it. Only outputs that a reader wants are kept: no times of execution,
no standard error, images of 64 colors. tests/notebooks says whether the pairs agree and what the outputs may hold.
"""

import base64
import io
import json
import sys
import time
from pathlib import Path

import jupytext
import nbclient
from PIL import Image

FOLDER = Path(__file__).parents[1] / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}
SECONDS_A_CELL = 1800


def run_notebook(source: Path) -> dict:
    """Execute one notebook in its own folder; return it with its outputs."""
    notebook = jupytext.read(source)
    notebook.metadata = dict(METADATA)
    where = {"metadata": {"path": str(source.parent)}}
    nbclient.NotebookClient(notebook, timeout=SECONDS_A_CELL, resources=where).execute()
    for number, cell in enumerate(notebook.cells, 1):
        # Numbers in place of random ids: what did not change makes no difference in git.
        cell["id"], cell["metadata"] = f"cell-{number}", {}
        if cell.cell_type == "code":
            cell["outputs"] = [keep_output(output) for output in cell.outputs if output.get("name") != "stderr"]
    notebook.metadata = dict(METADATA)
    return notebook


def keep_output(output: dict) -> dict:
    """Return an output with its image made small; of other kinds of data only text and HTML."""
    if "data" not in output:
        return output
    data = {kind: value for kind, value in output["data"].items() if kind in ("text/plain", "text/html", "image/png")}
    if "image/png" in data:
        data = {"image/png": shrink_image(data["image/png"]), "text/plain": "a plot"}
    return {**output, "data": data, "metadata": {}}


def shrink_image(png: str) -> str:
    """Return a PNG, in base64, with at most 64 colors: a third of its size, and plots look the same."""
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    small = io.BytesIO()
    image.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


def main(numbers: list[str]) -> None:
    """Run all notebooks, or those of these numbers."""
    for source in sorted(FOLDER.glob("*.py")):
        if numbers and source.name.split("_")[0] not in numbers:
            continue
        began = time.monotonic()
        text = json.dumps(run_notebook(source), indent=1, ensure_ascii=False, sort_keys=True)
        source.with_suffix(".ipynb").write_text(text + "\n", encoding="utf-8")
        print(f"{source.stem}: {time.monotonic() - began:.0f} s, {len(text) / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
