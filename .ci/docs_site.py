"""Make the documentation site: READMEs, notebooks and docstrings -> build/docs/site.

    .venv/bin/python .ci/docs_site.py [--source-only]    # `make docs-site` installs what this needs

READMEs keep their places, so their links between each other hold. A link to a Python module leads to the page of its
docstrings, a link to any other file to a copy of it. Nothing of ours is imported, and no page asks another machine.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
BUILD = TOP / "build" / "docs"
ROOMS = ("leadlight", "features", "training", "serving")
PAGES = (
    "README.md",
    "features/README.md",
    "training/README.md",
    "training/checks/README.md",
    "training/messages/README.md",
    "serving/README.md",
    "serving/store/README.md",
    "serving/scale/README.md",
    "serving/python_api/README.md",
    "serving/install/README.md",
    "serving/recipes/README.md",
    "serving/crm/products/README.md",
    "serving/crm/products/hubspot.md",
    "serving/crm/products/salesforce.md",
    "serving/crm/products/dynamics.md",
    "serving/crm/products/odoo.md",
    "serving/crm/products/frappe.md",
    "serving/crm/products/zapier.md",
    "serving/crm/products/gravityforms.md",
    "serving/crm/products/typeform.md",
    "serving/crm/products/facebook.md",
    "serving/crm/products/callrail.md",
    "serving/crm/products/whatconverts.md",
    "notebooks/README.md",
    "tests/README.md",
    "mlruns/README.md",
    ".github/CONTRIBUTING.md",
    ".github/CHANGELOG.md",
)
LINK = re.compile(r"(\]\(|<img [^>]*src=\")([^)#:\"\s]+)(#[^)\"\s]*)?(?=[)\"\s])")


def find_module(path: Path) -> str:
    """Return the dotted name of a module or of a package's folder; empty for anything else."""
    inside = path.relative_to(TOP)
    if inside.parts[:2] == ("serving", "python_api"):
        inside = path.relative_to(TOP / "serving" / "python_api")
    is_package = path.is_dir() and (path / "__init__.py").is_file()
    if not inside.parts or inside.parts[0] not in ROOMS or not (is_package or path.suffix == ".py"):
        return ""
    return ".".join(inside.with_suffix("").parts)


def list_packages() -> dict[str, list[str]]:
    """Return package -> its public modules, of every room; packages are the pages of docstrings."""
    packages: dict[str, list[str]] = {}
    for root in (TOP, TOP / "serving" / "python_api"):
        for room in ROOMS:
            for init in sorted((root / room).rglob("__init__.py")):
                if "migrations" in init.parts or not (package := find_module(init.parent)):
                    continue
                modules = [find_module(path) for path in sorted(init.parent.glob("*.py"))]
                packages[package] = [name for name in modules if not name.rsplit(".", 1)[1].startswith("_")]
    return packages


def find_page(module: str, packages: dict[str, list[str]]) -> str:
    """Return the page, from the top of the site, that holds a module's or package's docstrings."""
    package = module if module in packages else module.rpartition(".")[0]
    anchor = "" if module == package else f"#{module}"
    return f"reference/{package}.md{anchor}" if package in packages else ""


def copy_page(place: str, source: Path, packages: dict[str, list[str]]) -> None:
    """Copy one README with its links turned to pages and copies."""
    target = source / place.replace(".github/", "project/")
    target.parent.mkdir(parents=True, exist_ok=True)

    def turn(match: re.Match) -> str:
        opening, link, anchor = match[1], match[2], match[3] or ""
        path = Path(os.path.normpath(TOP / Path(place).parent / link))
        if path.is_dir() and (path / "README.md").is_file():
            path = path / "README.md"
        inside = str(path.relative_to(TOP))
        if inside in PAGES:
            destination = inside.replace(".github/", "project/") + anchor
        elif page := find_page(find_module(path), packages):
            destination = page
        elif inside.endswith(".ipynb"):
            destination = inside.replace(".ipynb", ".md")
        else:
            destination = inside.replace(".github/", "project/")
            if path.is_file():
                (source / destination).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, source / destination)
        page, _, part = destination.partition("#")
        relative = os.path.relpath(source / page, target.parent)
        return opening + relative + (f"#{part}" if part else "")

    target.write_text(LINK.sub(turn, (TOP / place).read_text(encoding="utf-8")), encoding="utf-8")


def write_reference(source: Path, packages: dict[str, list[str]]) -> None:
    """Write one page for each package: its docstring and those of its modules."""
    folder = source / "reference"
    folder.mkdir(parents=True)
    index = [
        "# Reference",
        "",
        "Every public module, by room. Start with [`leadlight`](leadlight.md), the Python API.",
        "",
    ]
    for package, modules in packages.items():
        depth = package.count(".")
        index.append(f"{'    ' * depth}- [`{package}`]({package}.md)")
        lines = [f"# {package}", "", f"::: {package}", "    options:", "      members: false", ""]
        for module in modules:
            lines += [f"## {module.rpartition('.')[2]} {{ #{module} }}", "", f"::: {module}", ""]
        (folder / f"{package}.md").write_text("\n".join(lines), encoding="utf-8")
    (folder / "index.md").write_text("\n".join(index) + "\n", encoding="utf-8")


def write_notebook(path: Path, source: Path) -> None:
    """Write one notebook as a page, with its outputs as they were kept."""
    lines: list[str] = []
    folder = source / "notebooks"
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            lines += [text, ""]
            continue
        lines += ["```python", text, "```", ""]
        for order, output in enumerate(cell["outputs"]):
            data = output.get("data", {})
            if "image/png" in data:
                name = f"{path.stem}-{number}-{order}.png"
                (folder / name).write_bytes(base64.b64decode("".join(data["image/png"])))
                lines += [f"![a plot]({name})", ""]
            elif "text/html" in data:
                table = re.sub(r"<style.*?</style>", "", "".join(data["text/html"]), flags=re.DOTALL)
                lines += [re.sub(r"\n\s*", "", table), ""]
            else:
                lines += ["```text", "".join(output.get("text", data.get("text/plain", ""))).rstrip("\n"), "```", ""]
    (folder / f"{path.stem}.md").write_text("\n".join(lines), encoding="utf-8")


def write_source(source: Path) -> None:
    """Write everything that the generator reads."""
    shutil.rmtree(source, ignore_errors=True)
    packages = list_packages()
    write_reference(source, packages)
    for place in PAGES:
        copy_page(place, source, packages)
    for path in sorted((TOP / "notebooks").glob("*.ipynb")):
        write_notebook(path, source)


def main() -> int:
    """Write the source, then build the site; anything that the generator warns of is an error."""
    write_source(BUILD / "source")
    if "--source-only" in sys.argv:
        return 0
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--quiet",
        "--strict",
        "--config-file",
        str(TOP / ".ci/mkdocs.yaml"),
    ]
    code = subprocess.run(command, env={**os.environ, "NO_MKDOCS_2_WARNING": "true"}).returncode
    if code == 0:
        print(
            "The site: build/docs/site/index.html\n"
            "To read it with its search: python3 -m http.server --directory build/docs/site"
        )
    return code


if __name__ == "__main__":
    sys.exit(main())
