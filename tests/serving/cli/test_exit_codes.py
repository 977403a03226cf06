"""Is the table of exit codes what commands end with?"""

import ast
from pathlib import Path

import pytest

import serving.errors
import training.errors  # noqa: F401  (its errors are read from the tree below LeadlightError)
from features.errors import LeadlightError
from serving.cli.exit_codes import EXIT_CODES, render_exit_codes
from serving.cli.insights import OTHER_FIGURES, SILENT_SOURCE, UNSURE_DATA
from serving.cli.main import VERBS, main

ROOT = Path(__file__).parents[3]

GONE = "gone.csv"
ENDS = {
    "demo-data": (["--leads", "x"], 2),
    "inspect": ([GONE, "--out", "m.toml"], 2),
    "init": (["--data", GONE, "--out", "p.toml"], 2),
    "signals": (["--nothing"], 2),
    "read": (["--data", GONE, "--out", "r.csv"], 2),
    "readings": (["list"], 0),
    "train": (["--data", GONE, "--label", "booked"], 2),
    "ablate": (["--data", GONE], 2),
    "learning-curve": (["--data", GONE], 2),
    "verify": (["--data", GONE], 4),
    "monitor": (["--data", GONE], 4),
    "retrain": ([], 4),
    "check": (["--data", GONE], 3),
    "promote": (["7"], 3),
    "rollback": ([], 6),
    "versions": (["--json"], 0),
    "promotions": ([], 0),
    "shadow": (["7"], 4),
    "bucket": (["--data", GONE, "--out", "buckets"], 4),
    "score": (["--data", GONE, "--out", "s.csv"], 4),
    "features": (["--data", GONE, "--out", "f.csv"], 4),
    "insights": (["--data", GONE, "--out", "i"], 2),
    "explain": (["L-1", "--data", GONE], 2),
    "replay": (["0123456789abcdef0123"], 1),
    "key": (["revoke", "ab12cd34"], 2),
    "hook": (["add", "typeform", "--secret-file", GONE], 1),
    "push": (["--crm", "hubspot"], 1),
    "user": (["role", "nobody", "desk"], 1),
    "doctor": ([], 1),
    "serve": (["--port", "0"], 2),
    "load": (["--data", GONE], 4),
    "backup": (["no/such/folder/b.db"], 1),
    "restore": ([GONE, "--yes"], 1),
    "rekey": (["--yes"], 0),
    "forget": (["--lead", "L-9", "--yes"], 1),
    "audit": (["--lead", "L-9"], 0),
    "verify-audit": (["--head", "f" * 64], 1),
    "completion": (["powershell"], 2),
}
"""Command -> what it is given in an empty home, and the code with which it ends."""


@pytest.fixture
def end(tmp_path, monkeypatch, capsys):
    """Runs a command as the console script does: ``end("key", "list")`` -> (code, what it said)."""
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr("sys.argv", ["leadlight", *words])
        try:
            main()
        except SystemExit as ended:
            return ended.code or 0, "".join(capsys.readouterr())
        return 0, "".join(capsys.readouterr())

    return run


def test_every_command_is_tried():
    assert ENDS.keys() == VERBS.keys()


@pytest.mark.parametrize("verb", ENDS)
def test_a_command_ends_with_the_code_of_the_table(end, verb, request):
    words, expected = ENDS[verb]
    if expected == 3:
        # They ask MLflow, whose migrations take seconds in a new home.
        request.getfixturevalue("copy_new_homes")

    code, said = end(verb, *words)

    assert code == expected, said
    assert "Traceback" not in said and code in EXIT_CODES
    of = EXIT_CODES[code][1]
    assert of in ("all", "every command that reads one") or verb in of


@pytest.mark.parametrize("verb", VERBS)
def test_an_option_that_is_not_there_ends_every_command_with_2(end, verb):
    assert end(verb, "--no-such-option")[0] == 2


def test_no_to_a_question_and_an_interrupt_end_with_130(end, monkeypatch):
    monkeypatch.setattr("click.confirm", lambda *_, **__: (_ for _ in ()).throw(__import__("click").Abort()))

    assert end("rekey")[0] == 130


def test_every_error_s_code_is_in_the_table_and_every_code_of_it_is_used():
    errors, pending = [], [LeadlightError]
    while pending:
        errors.append(pending.pop())
        pending += errors[-1].__subclasses__()
    used = {error.exit_code for error in errors if error.__module__.startswith(("features", "training", "serving"))}

    assert serving.errors.StoreError in errors
    assert used | {0, 130, SILENT_SOURCE, UNSURE_DATA, OTHER_FIGURES} == EXIT_CODES.keys()


def test_nothing_else_ends_the_process():
    ends = {}
    for path in [path for room in ("features", "training", "serving") for path in (ROOT / room).rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if "exit(" not in text and "SystemExit" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sys.exit", "exit", "os._exit", "SystemExit"):
                ends.setdefault(str(path.relative_to(ROOT)), set()).add(ast.unparse(node))

    # A worker process ends itself when the process that began the run is gone: nobody reads its code.
    workers = ends.pop("features/workers/local_workers.py")
    assert set(ends) == {"serving/cli/main.py", "serving/cli/insights.py"} and workers == {"os._exit(1)"}


def test_the_readme_has_the_table():
    assert render_exit_codes() in (ROOT / "serving/README.md").read_text(encoding="utf-8")
