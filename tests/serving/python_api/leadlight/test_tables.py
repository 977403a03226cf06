"""Does Python train as the command line does, and does its page say what is so?"""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import matplotlib
import pytest

import leadlight
from features.errors import DataError
from features.synthetic.generator import invent
from training.settings import Settings

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "serving/python_api/README.md").read_text(encoding="utf-8")


def test_training_in_python_is_the_training_of_the_pipeline(demo_tables, demo_practice, bare_settings, bare_trained):
    model = leadlight.train(demo_tables, practice=demo_practice, settings=bare_settings)

    assert model.bundle.encode().keys() == bare_trained.bundle.encode().keys()
    assert model.bundle.model_text == bare_trained.bundle.model_text and model.version == "not registered"


def test_files_are_named_by_their_paths_and_faults_come_in_words(tmp_path):
    (tmp_path / "settings.toml").write_text("leeves = 3")

    with pytest.raises(leadlight.LeadlightError, match=r"'leeves' is not known"):
        leadlight.train(tmp_path / "leads.csv", settings=tmp_path / "settings.toml")
    with pytest.raises(DataError, match=r"there is no file"):
        leadlight.read(tmp_path / "leads.csv")


def test_the_page_names_every_export_and_at_most_ten_are_exported():
    assert len(leadlight.__all__) <= 10
    assert [name for name in leadlight.__all__ if f"`{name}" not in PAGE] == []


def test_the_examples_of_the_page_run_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    invent(400, seed=7).write(tmp_path / ".demo" / "data")
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)

    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)), {})

    assert "reason_1" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == [".demo"]


def test_an_installed_wheel_has_the_package_its_types_and_its_rooms(tmp_path):
    built = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(tmp_path),
            ".",
        ],
        cwd=_copy_checkout(tmp_path / "checkout"),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr[-2000:]
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        wheel.extractall(tmp_path / "site")

    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); import leadlight; print(leadlight.__file__)"
    ran = subprocess.run([sys.executable, "-I", "-c", code], cwd="/", capture_output=True, text=True, timeout=120)

    assert ran.stdout.strip() == str(tmp_path / "site/leadlight/__init__.py"), ran.stderr
    assert "leadlight/py.typed" in names and not [name for name in names if name.startswith("serving/python_api")]
    assert Settings().folds and {name.split("/")[0] for name in names if name.endswith("__init__.py")} == {
        "features",
        "leadlight",
        "serving",
        "training",
    }


def _copy_checkout(folder: Path) -> Path:
    """A copy without what building would leave in the checkout itself."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is not a git checkout, so there is no list of files to build from")
    wanted = ("features/", "training/", "serving/", "pyproject.toml", "README.md")
    for name in listed.stdout.splitlines():
        if name.startswith(wanted) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder
