"""Is each notebook that Jupyter opens made from its source, run to its end, small, and free of personal data?"""

import base64
import importlib.util
import re
from io import BytesIO

import pytest

from features.privacy.value_patterns import find_contact_inside
from tests.notebooks.notebook_files import FOLDER, NOTEBOOKS, read_cells, read_ipynb, read_outputs

MAX_BYTES = 1_500_000
"""Of all notebooks together: they are in every clone, in every version."""

every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_notebooks_and_the_readme_names_each():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert len(NOTEBOOKS) >= 7
    assert [path.stem for path in NOTEBOOKS if f"`{path.stem}`" not in text] == []
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == {path.stem for path in NOTEBOOKS}


@every_notebook
def test_a_notebook_and_its_source_agree(notebook):
    source = read_cells(notebook.read_text(encoding="utf-8"))

    paired = [(cell["cell_type"], "".join(cell["source"])) for cell in read_ipynb(notebook)["cells"]]

    assert paired == source, f"notebooks/{notebook.stem}.ipynb is not its source any more: run make notebooks"


@every_notebook
def test_every_cell_has_run_in_order_and_none_failed(notebook):
    code = [cell for cell in read_ipynb(notebook)["cells"] if cell["cell_type"] == "code"]

    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert kinds <= {"stream", "display_data", "execute_result"}
    assert any("image/png" in output.get("data", {}) for cell in code for output in cell["outputs"]), "no plot is kept"


@every_notebook
def test_outputs_name_no_folder_of_a_machine_and_nobody(notebook):
    texts = read_outputs(notebook)

    assert texts
    for text in texts:
        assert not re.search(r"(?:/(?:home|root|tmp|Users|private|var|work|content)/|\b[A-Z]:\\|file://)", text)
        plain = re.sub(r"<[^>]*>", " ", text)
        assert [line for line in plain.splitlines() if find_contact_inside(line)] == []


@every_notebook
def test_pictures_are_pictures(notebook):
    pillow = pytest.importorskip("PIL.Image")
    kept = [
        output["data"]["image/png"]
        for cell in read_ipynb(notebook)["cells"]
        for output in cell.get("outputs", ())
        if "image/png" in output.get("data", {})
    ]

    for picture in kept:
        with pillow.open(BytesIO(base64.b64decode("".join(picture)))) as image:
            assert image.width > 200 and image.height > 100
            # A plot that shows nothing is one color, or two with its frame.
            assert len(image.convert("RGB").resize((200, 120)).getcolors(200 * 120)) > 4


@every_notebook
def test_any_editor_opens_it(notebook):
    document = read_ipynb(notebook)

    # "python3" is the name of the usual kernel of Jupyter, VS Code and Colab: none of them asks which one is meant.
    assert document["metadata"]["kernelspec"]["name"] == "python3"
    assert (document["nbformat"], document["nbformat_minor"]) >= (4, 5)
    ids = [cell["id"] for cell in document["cells"]]
    assert len(set(ids)) == len(ids)
    if importlib.util.find_spec("nbformat"):
        import nbformat

        nbformat.validate(nbformat.from_dict(document))


def test_all_notebooks_together_are_small():
    sizes = {path.name: path.stat().st_size for path in FOLDER.glob("*.ipynb")}

    assert sum(sizes.values()) <= MAX_BYTES, sizes


def test_cells_are_read_as_jupytext_reads_them():
    jupytext = pytest.importorskip("jupytext", reason="Jupytext is not installed here (make notebooks installs it)")

    for notebook in NOTEBOOKS:
        cells = jupytext.read(notebook).cells
        assert read_cells(notebook.read_text(encoding="utf-8")) == [(cell.cell_type, cell.source) for cell in cells]
