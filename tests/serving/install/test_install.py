"""Does what we say of installing hold?

The bento's files, the Dockerfile and the compose file, read line by line, without Docker.
"""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pathspec
import pytest
import yaml
from click.testing import CliRunner

from serving.cli.main import leadlight
from serving.crm_settings import VARIABLES as HOOK_VARIABLES
from serving.settings import VARIABLES

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "serving/install"
COMPOSE = yaml.safe_load((ROOM / "compose.yaml").read_text())
README = (ROOM / "README.md").read_text()


def steps() -> list[tuple[str, str]]:
    """(word, rest) of each step of the Dockerfile."""
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (ROOM / "Dockerfile").read_text(), flags=re.MULTILINE))
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in text.splitlines() if line.strip()]


def all_of(keyword: str) -> list[str]:
    return [rest for instruction, rest in steps() if instruction == keyword]


def list_tracked(*folders: str) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *folders],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is not a git checkout, so there is no list of files to compare")
    return set(listed.stdout.split())


def test_a_bento_holds_the_three_rooms_and_nothing_else():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["bentoml"]["build"]
    include, exclude = (pathspec.PathSpec.from_lines("gitwildmatch", build[name]) for name in ("include", "exclude"))

    packed = {name for name in list_tracked() if include.match_file(name) and not exclude.match_file(name)}

    needed = {
        name
        for name in list_tracked("features", "training", "serving")
        # A service needs no API for notebooks, and no scheduler's files.
        if name.endswith((".py", ".html", ".css", ".toml"))
        and not name.startswith(("serving/python_api/", "serving/recipes/"))
    }
    assert needed <= packed
    assert {name.split("/")[0] for name in packed} == {"features", "training", "serving", "pyproject.toml"}
    assert not [
        name
        for name in packed
        if name.endswith((".db", ".png", ".parquet", ".csv", ".pyc")) or re.search("/(?:install|recipes)/", name)
    ]
    assert (
        build["service"] == "serving.service:LeadlightService" and (ROOT / build["python"]["requirements_txt"]).exists()
    )


def test_the_image_starts_from_a_pinned_base_and_runs_as_nobody_in_particular():
    bases = [rest.split()[0] for rest in all_of("FROM")]

    assert len(set(bases)) == 1 and re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", bases[0])
    assert all_of("USER") == ["10001:10001"] and [instruction for instruction, _ in steps()].index("USER") < [
        instruction for instruction, _ in steps()
    ].index("CMD")
    assert any("--require-hashes --requirement requirements.lock" in step for step in all_of("RUN"))
    assert "ADD" not in {instruction for instruction, _ in steps()} and all_of("EXPOSE") == ["3000"]


def test_everything_that_is_copied_exists_and_is_let_through_to_the_build():
    ignored = [
        line
        for line in (ROOM / "Dockerfile.dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    copied = [name for rest in all_of("COPY") if not rest.startswith("--from") for name in shlex.split(rest)[:-1]]

    assert copied and [name for name in copied if not (ROOT / name).exists()] == []
    assert ignored[0] == "*" and {line[1:] for line in ignored if line.startswith("!")} == set(copied)


def test_every_variable_is_one_that_we_read():
    declared = (
        {variable.name for variable in VARIABLES} | set(HOOK_VARIABLES) | {f"{name}_FILE" for name in HOOK_VARIABLES}
    )

    named = set().union(
        *(
            re.findall(r"LEADLIGHT_[A-Z_]+", (ROOM / name).read_text())
            for name in ("Dockerfile", "compose.yaml", "README.md")
        )
    )

    assert named and named <= declared


def test_what_is_started_is_a_verb_of_ours_and_health_means_ready():
    verb = yaml.safe_load(all_of("CMD")[-1])
    health = all_of("HEALTHCHECK")[0]

    assert verb[:2] == ["leadlight", "serve"]
    assert CliRunner().invoke(leadlight, [*verb[1:], "--help"]).exit_code == 0
    assert "/readyz" in health and verb[verb.index("--port") + 1] == "3000" and ":3000/" in health


def test_only_the_service_has_a_port_and_only_on_this_machine():
    ports = {name: container["ports"] for name, container in COMPOSE["services"].items() if "ports" in container}

    assert ports == {"leadlight": ["127.0.0.1:3000:3000"]}
    assert [name for name, container in COMPOSE["services"].items() if "outside" in container["networks"]] == [
        "leadlight"
    ]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert not [
        name
        for name, container in COMPOSE["services"].items()
        if container.get("privileged") or "network_mode" in container
    ]


def test_what_holds_leads_writes_to_its_volume_alone():
    ours = [container for container in COMPOSE["services"].values() if container["image"] == "leadlight"]

    assert len(ours) == 2
    for container in ours:
        assert (
            container["read_only"]
            and container["cap_drop"] == ["ALL"]
            and container["security_opt"] == ["no-new-privileges:true"]
            and container["volumes"] == ["home:/data"]
        )
    written = dict(part.split("=", 1) for rest in all_of("ENV") for part in rest.split())
    assert {name: written[name] for name in ("LEADLIGHT_HOME", "NUMBA_CACHE_DIR", "BENTOML_HOME", "MPLCONFIGDIR")} == {
        "LEADLIGHT_HOME": "/data",
        "NUMBA_CACHE_DIR": "/data/compiled",
        "BENTOML_HOME": "/tmp/bentoml",
        "MPLCONFIGDIR": "/tmp/matplotlib",
    }


def test_secrets_are_files_that_the_readme_makes_and_git_never_sees():
    used = {name for container in COMPOSE["services"].values() for name in container.get("secrets", ())}
    environment = {
        name: value
        for container in COMPOSE["services"].values()
        for name, value in container.get("environment", {}).items()
    }

    assert used == set(COMPOSE["secrets"]) == set(re.findall(r"> secrets/(\w+)", README))
    assert {
        value.removeprefix("/run/secrets/")
        for name, value in environment.items()
        if name.endswith(("_FILE", "PASSFILE"))
    } == used
    assert (
        not [name for name in environment if re.search(r"PASSWORD$|SECRET$|KEY$|TOKEN$", name)]
        and ":" not in environment["LEADLIGHT_DATABASE_URL"].partition("//")[2].partition("@")[0]
    )
    assert "serving/install/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_every_step_of_the_readme_is_a_verb_that_there_is():
    commands = re.findall(r"leadlight leadlight (.*?)(?:\s{2,}#.*)?$", README, re.MULTILINE)

    assert len(commands) == 3
    for command in commands:
        result = CliRunner().invoke(leadlight, [*shlex.split(command), "--help"])
        assert result.exit_code == 0 and "Usage:" in result.output
