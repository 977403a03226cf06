"""Does a script's own names.py, faker.py or zipcodes.py, which Python finds first, get a sentence and no riddle?"""

import subprocess
import sys
from pathlib import Path

import pytest

import features

ROOT = Path(features.__file__).parents[1]

USES = {
    "names": "from features.privacy.name_lists import load_name_lists as load",
    "faker": "from features.privacy.name_lists import load_name_lists as load",
    "zipcodes": "from features.practice.zip_codes import load_zip_map as load",
}


@pytest.mark.parametrize("name", USES)
def test_a_module_that_hides_a_list_is_named_with_what_to_do(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("FIRST = ['Ann']\n")
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; {USES[name]}; load()"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path)

    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: leadlight: the package '{name}' is hidden by another module"), done.stderr
    assert str(tmp_path / f"{name}.py") in last and "Rename it" in last
