"""Which commands do the recipes call? Each as the words that a shell hands to ``leadlight``, its variables filled in.

A recipe's line is run by bash with a function in the place of ``leadlight`` that prints its words, so that quoting,
substitutions and what cron and systemd do to percent and dollar signs are the shell's, not a guess.
"""

import configparser
import os
import re
import runpy
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

__all__ = ["RECIPES", "FakeDag", "FakeOperator", "expand_line", "list_lines", "read_unit", "run_dag_file"]

RECIPES = Path(__file__).parents[3] / "serving" / "recipes"
_STUBS = """
leadlight() { printf '%s\\0' "$@" >&3; printf '\\1' >&3; }
job.sh() { shift; "$@"; }
export -f leadlight job.sh
"""


class FakeDag:
    """Stands for Airflow's DAG: keeps its name, its settings and the tasks made inside its block."""

    made: "dict[str, FakeDag]" = {}
    current: "FakeDag"

    def __init__(self, dag_id: str, **settings: Any) -> None:
        self.dag_id, self.settings, self.tasks = dag_id, settings, []
        FakeDag.made[dag_id] = self

    def __enter__(self) -> "FakeDag":
        FakeDag.current = self
        return self

    def __exit__(self, *ended: object) -> None:
        return None


class FakeOperator:
    """Stands for Airflow's BashOperator: keeps the command and what comes after it."""

    def __init__(self, task_id: str, bash_command: str, **options: Any) -> None:
        self.task_id, self.bash_command, self.options, self.next = task_id, bash_command, options, []
        FakeDag.current.tasks.append(self)

    def __rshift__(self, other: "FakeOperator") -> "FakeOperator":
        self.next.append(other.task_id)
        return other


@contextmanager
def _fake_airflow():
    """Put modules of Airflow's names in place, and take them away again."""
    fakes = {name: ModuleType(name) for name in ("airflow", "airflow.providers.standard.operators.bash")}
    parts = ("airflow.providers", "airflow.providers.standard", "airflow.providers.standard.operators")
    fakes |= {name: ModuleType(name) for name in parts}
    fakes["airflow"].DAG = FakeDag
    fakes["airflow.providers.standard.operators.bash"].BashOperator = FakeOperator
    before = {name: sys.modules.get(name) for name in fakes}
    sys.modules.update(fakes)
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


def run_dag_file() -> dict[str, FakeDag]:
    """Return the DAGs of the recipe by their names, made with stand-ins for Airflow."""
    FakeDag.made = {}
    with _fake_airflow():
        runpy.run_path(str(RECIPES / "airflow_dag.py"))
    return FakeDag.made


def read_unit(name: str) -> dict[str, list[tuple[str, str]]]:
    """Return a unit file of systemd: section -> (setting, value), in order; a setting may occur twice."""
    sections: dict[str, list[tuple[str, str]]] = {}
    for line in (RECIPES / name).read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            sections[header[1]] = []
        elif line and not line.startswith("#"):
            setting, separator, value = line.partition("=")
            if not separator or not sections:
                raise configparser.ParsingError(name)
            list(sections.values())[-1].append((setting, value))
    return sections


def list_lines() -> list[tuple[str, str]]:
    """Return (recipe, shell line) of every command in every recipe."""
    lines = []
    for line in (RECIPES / "leadlight.cron").read_text(encoding="utf-8").splitlines():
        if re.match(r"[\d*]", line):
            lines.append(("leadlight.cron", line.split(maxsplit=5)[5].replace(r"\%", "%")))
    for path in sorted(RECIPES.glob("*.service")):
        starts = [value for setting, value in read_unit(path.name)["Service"] if setting == "ExecStart"]
        lines += [(path.name, value.replace("%%", "%").replace("$$", "$")) for value in starts]
    for dag in run_dag_file().values():
        lines += [("airflow_dag.py", task.bash_command) for task in dag.tasks]
    workflow = yaml.safe_load((RECIPES / "github_actions.yaml").read_text(encoding="utf-8"))
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            lines += [("github_actions.yaml", line) for line in step["run"].splitlines()]
    page = (RECIPES / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```\n(.*?)```", page, re.DOTALL):
        lines += [("README.md", line) for line in block.splitlines() if line.startswith("leadlight ")]
    return lines


def expand_line(line: str, home: Path) -> list[list[str]]:
    """Return the words of each ``leadlight`` that a line calls; places of the recipes are in ``home``."""
    line = line.replace("/opt/leadlight/recipes/", "").replace("/opt/leadlight/bin/", "")
    workflow = yaml.safe_load((RECIPES / "github_actions.yaml").read_text(encoding="utf-8"))
    variables = {**os.environ, **workflow["env"], "GITHUB_STEP_SUMMARY": "/dev/null"}
    variables |= {"GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1"}
    read_end, write_end = os.pipe()
    script = f"exec 3>&{write_end}\n{_STUBS}\n{line}"
    ran = subprocess.run(
        ["bash", "-c", script], env=variables, pass_fds=[write_end], capture_output=True, text=True, timeout=30
    )
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as pipe:
        calls = pipe.read().split("\1")[:-1]
    assert ran.returncode == 0 and not ran.stderr, (line, ran.stderr)
    return [[word.replace("/var/lib/leadlight", str(home)) for word in call.split("\0")[:-1]] for call in calls]
