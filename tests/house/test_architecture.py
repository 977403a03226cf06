"""Is the house still the house? The import contract, and who may import what."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "training", "serving")
ALONE = {
    "mlflow": "training/registry/",
    "shap": "training/plots.py",
    "matplotlib": "training/plots.py",
    "optuna": "training/model/hyperparameter_search.py",
    "bentoml": "serving/service.py",
    "httpx": "serving/crm/outbound/http_transport.py",
    "starlette": "serving/",
    "argon2": "serving/accounts/password_hashing.py",
    "uvicorn": "serving/runtime/",
    "defusedxml": "serving/crm/inbound/soap.py",
    "prometheus_client": ("serving/", "training/monitoring/prometheus.py"),
    "sklearn": "training/",
    "lightgbm": "training/",
    "tomlkit": "features/profiling/mapping_document.py",
    "zipcodes": "features/",
    "sqlalchemy": ("features/readers/databases.py", "serving/store/"),
    "alembic": "serving/store/",
    "distributed": "features/workers/dask_workers.py",
    "rich": ("features/progress_bar.py", "features/cli.py", "training/cli/terminal_tables.py"),
}


def sources() -> list[Path]:
    """Every Python file of the rooms."""
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def test_imports_run_one_way():
    linter = Path(sys.executable).with_name("lint-imports")

    # An installation knows both places; a checkout that is not installed has to be told the second one.
    places = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "serving/python_api")))}
    ran = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, env=places, capture_output=True, text=True, timeout=120)

    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("library", ALONE)
def test_a_heavy_library_is_imported_in_one_place(library):
    places = ALONE[library] if isinstance(ALONE[library], tuple) else (ALONE[library],)
    importing = re.compile(rf"^\s*(?:import|from) {library}\b", re.MULTILINE)

    found = [str(path.relative_to(ROOT)) for path in sources() if importing.search(path.read_text(encoding="utf-8"))]

    assert found and all(name.startswith(places) for name in found)


def test_starlette_is_imported_in_the_web_files_only():
    found = {
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"^(?:import|from) starlette\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert found == {
        "serving/api/docs_routes.py",
        "serving/api/hook_routes.py",
        "serving/api/insight_routes.py",
        "serving/api/lead_routes.py",
        "serving/api/mcp_routes.py",
        "serving/api/scoring_routes.py",
        "serving/api/status_routes.py",
        "serving/application.py",
        "serving/service.py",
        "serving/http/responses.py",
        "serving/desk/routes/desk_resource.py",
        "serving/desk/routes/desk_routes.py",
        "serving/desk/routes/insight_routes.py",
        "serving/desk/routes/lead_routes.py",
        "serving/desk/routes/notice_routes.py",
        "serving/desk/routes/page_sessions.py",
        "serving/desk/routes/queue_routes.py",
        "serving/desk/routes/review_routes.py",
        "serving/desk/routes/session_cookies.py",
        "serving/desk/routes/settings_routes.py",
        "serving/desk/routes/sign_in.py",
    }


def test_serving_starts_without_mlflow_and_shap():
    code = (
        "import serving.service, sys; "
        "print([name for name in ('mlflow', 'shap', 'matplotlib', 'sklearn') if name in sys.modules])"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )

    assert "'mlflow'" not in ran.stdout and "'shap'" not in ran.stdout and "'matplotlib'" not in ran.stdout


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_lives_there(path):
    text = path.read_text(encoding="utf-8")

    assert text.startswith('"""'), "begin the module with its question"
    assert not re.search(r"\b(?:TODO|FIXME|XXX)\b", text)


def test_every_public_function_has_a_docstring():
    bare = []
    for path in sources():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for one in (node, *(node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else ())):
                public = isinstance(
                    one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
                ) and not one.name.startswith("_")
                if public and ast.get_docstring(one) is None:
                    bare.append(f"{path.relative_to(ROOT)}:{one.lineno} {one.name}")

    assert bare == []


def test_nothing_is_fetched_and_no_machine_is_named():
    told = re.compile(
        r"https?://(?!127\.0\.0\.1|localhost|\{|www\.w3\.org|schemas\.xmlsoap\.org/soap/envelope/|soap\.sforce\.com/2005/09/outbound|schema\.getpostman\.com/json/collection)[a-z]",
        re.IGNORECASE,
    )
    named = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in sources()
        if "synthetic" not in path.parts
        for match in told.finditer(path.read_text(encoding="utf-8"))
    ]

    assert named == []


def test_the_top_level_holds_only_what_the_owner_fixed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout, so there is no list of files to compare")
    top = {name.split("/", 1)[0] for name in listed.stdout.split()}

    fixed = {
        "features",
        "training",
        "serving",
        "notebooks",
        "tests",
        "mlruns",
        "pyproject.toml",
        "README.md",
        "Makefile",
    }
    assert {name for name in top - fixed if not name.startswith(".") and not name.endswith(".lock")} == set()
