"""Do the recipes call commands that exist, with options that exist, and do those that train nothing do what is said?"""

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from features.errors import LeadlightError
from serving.cli.main import leadlight
from tests.serving.recipes.recipe_commands import RECIPES, expand_line, list_lines, read_unit

LINES = list_lines()
UNITS = sorted(path.name for kind in ("*.service", "*.timer") for path in RECIPES.glob(kind))
RUN_HERE = ("backup", "verify-audit", "monitor", "check", "insights")
"""What a recipe calls and is run here; a training, a promotion and a service have tests of their own."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed here, which judges unit files"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory, registered, demo_folder):
    """A machine with a champion, a store with the practice's leads, and an answer for every place of the recipes."""
    folder = tmp_path_factory.mktemp("machine") / "leadlight"
    shutil.copytree(registered, folder)
    (folder / "backups").mkdir()
    (folder / "retrained").mkdir()
    shutil.copy(demo_folder / "practice.toml", folder / "practice.toml")
    assert call(["load", "--data", str(demo_folder)], folder) == (0, "")
    return folder


def call(words: list[str], home) -> tuple[int, str]:
    """Run a command in this process as the console script would; return its exit code and what failed."""
    ran = CliRunner().invoke(leadlight, words, env={"LEADLIGHT_HOME": str(home)}, standalone_mode=False)
    if isinstance(ran.exception, LeadlightError):
        return ran.exception.exit_code, str(ran.exception)
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return ran.exit_code, ""


def test_every_recipe_calls_something_and_the_page_names_every_file():
    page = (RECIPES / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in RECIPES.iterdir() if path.is_file()} - {"README.md"}

    assert {place for place, _ in LINES} >= {"leadlight.cron", "airflow_dag.py", "github_actions.yaml", "README.md"}
    assert [name for name in files if name not in page and name.rsplit(".", 1)[0] not in page] == []


@pytest.mark.parametrize(("place", "line"), LINES, ids=[f"{place}: {line[:40]}" for place, line in LINES])
def test_a_command_is_one_that_the_command_line_takes(place, line, tmp_path):
    calls = expand_line(line, tmp_path)

    assert len(calls) == 1, "a line of a recipe calls leadlight once"
    verb, *words = calls[0]
    command = leadlight.get_command(None, verb)
    assert command is not None, f"there is no command {verb}"
    with command.make_context(verb, words) as context:
        assert context.command is command


def test_what_trains_nothing_is_run_and_leaves_what_the_recipe_says(home, tmp_path):
    calls = {tuple(words) for _, line in LINES for words in expand_line(line, home) if words[0] in RUN_HERE}
    codes = {words: call(list(words), home) for words in sorted(calls)}

    assert {words[0] for words in codes} == set(RUN_HERE)
    # 6 and 7 are verdicts on this data, as the page says; anything else is a recipe that does not work.
    allowed = {"monitor": (0, 7), "check": (0, 6), "insights": (0, 8)}
    assert {words: code for words, code in codes.items() if code[0] not in allowed.get(words[0], (0,))} == {}
    backups = [*(home / "backups").glob(f"leads-{date.today():%Y-%m-%d}-*.db"), home / "backups" / "leads-7-1.db"]
    assert len(backups) >= 2 and all(path.stat().st_size > 100_000 for path in backups)
    assert "leadlight_monitor_alarm{" in (home / "monitor" / "monitor.prom").read_text()
    assert (home / "insights" / "insights.html").is_file()


def run_job(words: list[str], folder) -> subprocess.CompletedProcess:
    """Run job.sh with a folder for its metrics."""
    variables = {"PATH": "/usr/bin:/bin", "LEADLIGHT_METRICS": str(folder), "LEADLIGHT_HOME": str(folder)}
    return subprocess.run(
        ["bash", str(RECIPES / "job.sh"), *words], env=variables, capture_output=True, text=True, timeout=30
    )


def test_a_job_that_succeeds_is_silent_and_one_that_fails_is_not(tmp_path):
    good = run_job(["audit", "sh", "-c", "echo fine; echo well >&2"], tmp_path)
    bad = run_job(["monitor", "sh", "-c", "echo drifted; exit 7"], tmp_path)

    assert (good.returncode, good.stdout, good.stderr) == (0, "", "")
    assert (bad.returncode, bad.stdout) == (7, "drifted\n")
    assert 'leadlight_job_exit_code{task="audit"} 0\n' in (tmp_path / "leadlight_job_audit.prom").read_text()
    assert 'leadlight_job_exit_code{task="monitor"} 7\n' in (tmp_path / "leadlight_job_monitor.prom").read_text()


def test_the_metrics_of_monitoring_are_published_for_other_users_whole(tmp_path):
    (tmp_path / "monitor").mkdir()
    (tmp_path / "monitor" / "monitor.prom").write_text("leadlight_monitor_leads 3\n")
    (tmp_path / "monitor" / "monitor.prom").chmod(0o600)

    run_job(["monitor", "true"], tmp_path)

    published = tmp_path / "leadlight_monitor.prom"
    assert published.read_text() == "leadlight_monitor_leads 3\n" and published.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_that_cannot_be_written_is_said_and_the_job_still_ends_as_it_ended(tmp_path):
    ran = run_job(["audit", "false"], tmp_path / "missing")

    assert ran.returncode == 1 and "no metrics were left" in ran.stderr


@pytest.mark.skipif(Path("/var/lib/node_exporter").exists(), reason="node_exporter is installed here")
def test_without_node_exporter_a_job_leaves_no_metrics_and_says_nothing_about_them():
    ran = [
        subprocess.run(
            ["bash", str(RECIPES / "job.sh"), "audit", *words],
            env={"PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=30,
        )
        for words in (["true"], ["bash", "-c", "echo why; exit 6"])
    ]

    assert [(done.returncode, done.stdout, done.stderr) for done in ran] == [(0, "", ""), (6, "why\n", "")]


def test_crons_lines_have_five_fields_and_no_bare_percent_sign():
    # An unescaped percent sign ends a command in cron.
    lines = (RECIPES / "leadlight.cron").read_text(encoding="utf-8").splitlines()
    jobs = [line for line in lines if line and not line.startswith("#") and not re.match(r"[A-Z_]+=", line)]

    assert jobs
    for job in jobs:
        assert all(re.fullmatch(r"[\d*]+", field) for field in job.split()[:5]), job
        assert not re.search(r"(?<!\\)%", job), job


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_one_of_leadlights_own_user_and_a_timer_has_its_service(name):
    unit = read_unit(name)

    assert dict(unit["Unit"])["Description"].startswith("Leadlight: ")
    if name.endswith(".timer"):
        assert name.replace(".timer", ".service") in UNITS and dict(unit["Timer"])["Persistent"] == "true"
    else:
        settings = dict(unit["Service"])
        assert settings["User"] == "leadlight" and settings["NoNewPrivileges"] == settings["PrivateTmp"] == "true"
        # Numba's compiled code is executable memory.
        assert "MemoryDenyWriteExecute" not in settings


@needs_systemd
def test_systemd_finds_no_fault_in_the_units(tmp_path):
    for name in UNITS:
        text = (RECIPES / name).read_text(encoding="utf-8").replace("/opt/leadlight/recipes/job.sh", "/bin/true")
        (tmp_path / name).write_text(text.replace("/opt/leadlight/bin/leadlight", "/bin/true"))

    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    said = [line for line in (ran.stdout + ran.stderr).splitlines() if str(tmp_path) in line or "leadlight" in line]
    assert said == []


@needs_systemd
@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".timer")])
def test_systemd_reads_the_times(name):
    when = dict(read_unit(name)["Timer"])["OnCalendar"]

    ran = subprocess.run(["systemd-analyze", "calendar", when], capture_output=True, text=True, timeout=30)

    assert ran.returncode == 0 and "Next elapse" in ran.stdout, ran.stderr


def test_the_workflow_keeps_leads_on_the_practices_machine_and_asks_before_it_promotes():
    workflow = yaml.safe_load((RECIPES / "github_actions.yaml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]

    assert {tuple(job["runs-on"]) for job in workflow["jobs"].values()} == {("self-hosted", "leadlight")}
    assert workflow["permissions"] == {"contents": "read"}
    assert not [step for step in steps if "uses" in step], "no action of somebody else's sees the practice's data"
    promote = workflow["jobs"]["promote"]
    assert promote["needs"] == "retrain" and promote["environment"] == "leadlight"
    # YAML 1.1 reads the key "on" as true.
    schedules = {entry["cron"] for entry in workflow[True]["schedule"]}
    assert all(any(cron in job.get("if", cron) for cron in schedules) for job in workflow["jobs"].values())
