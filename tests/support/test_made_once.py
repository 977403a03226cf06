"""Is a thing that two processes need made once, made whole, and made anew when the code is another?"""

import multiprocessing

import pytest

from features.registry import CATALOGUE
from tests.support import made_once
from tests.support.made_once import compute_code_fingerprint, drop_other_fingerprints, make_once


def append_line(folder, barrier):
    """Wait until the other process is there too, then make."""

    def make():
        with (folder / "made").open("a") as file:
            file.write("once\n")
        return 7

    barrier.wait(30)
    assert make_once(folder / "result", make) == 7


def test_two_processes_at_once_make_it_once(tmp_path):
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(2)
    processes = [context.Process(target=append_line, args=(tmp_path, barrier)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)

    assert [process.exitcode for process in processes] == [0, 0]
    assert (tmp_path / "made").read_text() == "once\n"


def test_what_fails_half_way_is_made_by_the_next(tmp_path):
    with pytest.raises(ZeroDivisionError):
        make_once(tmp_path / "result", lambda: 1 / 0)

    assert make_once(tmp_path / "result", lambda: "whole") == "whole"
    assert make_once(tmp_path / "result", lambda: 1 / 0) == "whole"


def test_a_signal_of_the_catalogue_comes_back_as_itself(tmp_path):
    declared = next(iter(CATALOGUE.values()))
    make_once(tmp_path / "result", lambda: [declared])

    assert make_once(tmp_path / "result", lambda: None)[0] is declared


def test_only_what_the_same_code_made_is_kept(tmp_path):
    for name in ("a", "b"):
        make_once(tmp_path / name / "trained", lambda: 1)

    drop_other_fingerprints(tmp_path, "b")
    drop_other_fingerprints(tmp_path / "absent", "b")

    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert compute_code_fingerprint("features", "training") == compute_code_fingerprint("features", "training")
    assert compute_code_fingerprint("features") != compute_code_fingerprint("features", "tests/conftest.py")


@pytest.mark.parametrize(
    "name, is_source",
    [
        ("features/text/label_model.npz", True),
        ("features/text/vocabulary/words.txt", True),
        ("training/report/page.html", True),
        ("training/report/page.css", True),
        ("features/rows.tsv", True),
        ("features/words.py", True),
        ("features/__pycache__/words.cpython-312.pyc", False),
        ("features/__pycache__/words.nbi", False),
        ("features/.cache/words.txt", False),
    ],
)
def test_every_file_of_the_code_is_in_its_fingerprint_and_no_cache_is(tmp_path, monkeypatch, name, is_source):
    monkeypatch.setattr(made_once, "ROOT", tmp_path)
    (tmp_path / "requirements-test.lock").write_text("")
    path = tmp_path / name
    for folder in (tmp_path / "features", tmp_path / "training", path.parent):
        folder.mkdir(parents=True, exist_ok=True)
    path.write_text("a")
    before = compute_code_fingerprint("features", "training")

    path.write_text("b")

    assert (compute_code_fingerprint("features", "training") != before) is is_source
