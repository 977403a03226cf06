"""Does a shell complete what there is?"""

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from serving.cli.completion import SHELLS
from serving.cli.main import VERBS, leadlight

CODE = "from serving.cli.main import main; import sys; sys.argv[0] = 'leadlight'; main()"


def complete(*words, incomplete=""):
    """What bash is offered after some words."""
    line = " ".join(("leadlight", *words, incomplete))
    asked = {"_LEADLIGHT_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(words) + 1)}
    ran = subprocess.run(
        [sys.executable, "-c", CODE], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    return [offered.partition(",")[2] for offered in ran.stdout.split()]


def test_commands_options_and_values_are_completed():
    assert complete() == list(VERBS)
    assert set(complete(incomplete="ver")) == {"versions", "verify", "verify-audit"}
    assert "--reasons" in complete("score", incomplete="--r")
    assert complete("key", "add", "--role", incomplete="a") == ["assistant", "admin"]
    assert complete("hook", "add", incomplete="type") == ["typeform"]


def test_the_names_of_commands_are_completed_without_importing_one():
    asked = {"_LEADLIGHT_COMPLETE": "bash_complete", "COMP_WORDS": "leadlight ", "COMP_CWORD": "1"}
    probe = (
        "import atexit, sys; atexit.register(lambda: print([name for name in sys.modules if name in "
        "('features.cli', 'training.cli.train', 'serving.cli.store', 'pandas', 'numpy')], file=sys.stderr)); "
    )

    ran = subprocess.run(
        [sys.executable, "-c", probe + CODE], env=os.environ | asked, capture_output=True, text=True, check=True
    )

    assert ran.stderr.strip().splitlines()[-1] == "[]" and "insights" in ran.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_is_one_that_it_reads(shell, tmp_path):
    ran = CliRunner().invoke(leadlight, ["completion", shell])
    script = tmp_path / "script"
    script.write_text(ran.output)

    assert ran.exit_code == 0 and f"_LEADLIGHT_COMPLETE={shell}_complete" in ran.output and "leadlight" in ran.output
    if shutil.which(shell):
        assert subprocess.run([shell, "-n", str(script)], capture_output=True).returncode == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_by_the_script(tmp_path):
    command, script = tmp_path / "leadlight", tmp_path / "script"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{CODE}" "$@"\n')
    command.chmod(0o755)
    script.write_text(CliRunner().invoke(leadlight, ["completion", "bash"]).output)
    asked = f"source {script}; COMP_WORDS=(leadlight key rev) COMP_CWORD=2; _leadlight_completion {command} rev key"

    ran = subprocess.run(
        ["bash", "-c", f'{asked}; echo "${{COMPREPLY[@]}}"'], capture_output=True, text=True, check=True
    )

    assert ran.stdout.split() == ["revoke"], ran.stderr


def test_another_shell_is_answered_with_those_that_there_are():
    ran = CliRunner().invoke(leadlight, ["completion", "powershell"])

    assert ran.exit_code == 2 and all(shell in ran.output for shell in SHELLS)
