"""What do journeys share? The command line, as a person types it, in a folder of the test's own."""

import sys

import pytest

from serving.command_line import main


@pytest.fixture()
def leadlight(monkeypatch, capsys, tmp_path):
    """Call ``leadlight`` with these words; returns (exit code, everything it printed). Models go to ``mlruns`` in a folder of the test's own."""
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "mlruns"))
    monkeypatch.chdir(tmp_path)

    def call(*words) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["leadlight", *map(str, words)])
        try:
            main()
            code = 0
        except SystemExit as left:
            code = left.code or 0
        said = capsys.readouterr()
        return code, said.out + said.err

    return call
