"""Does every link in every README lead somewhere, to a heading too, and is the site made from them whole?"""

import importlib.util
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
IGNORED = {".venv", ".demo", "build", "mlruns", ".git", ".pytest_cache", "node_modules"}
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.rglob("*.md")
    if not IGNORED & set(path.relative_to(ROOT).parts[:-1]) or path.parent == ROOT / "mlruns"
)
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")


def load_site_maker():
    """Return ``.ci/docs_site.py`` as a module."""
    spec = importlib.util.spec_from_file_location("docs_site", ROOT / ".ci" / "docs_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def list_anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them.

    >>> sorted(list_anchors("# The desk\\n## What's new, `x_y`?\\n## The desk\\n"))
    ['the-desk', 'the-desk-1', 'whats-new-x_y']
    """
    anchors: dict[str, int] = {}
    found = set(re.findall(r"\{ #([\w.]+) \}", text))
    for heading in re.findall(r"(?m)^#{1,6} (.+?)(?: \{ #.*\})?$", FENCE.sub("", text)):
        name = (
            re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).strip().replace(" ", "-")
        )
        found.add(name if name not in anchors else f"{name}-{anchors[name]}")
        anchors[name] = anchors.get(name, 0) + 1
    return found


def find_broken_links(folder: Path, page: str) -> list[str]:
    """Return the links of a page that lead to no file, or to no heading of it. Other machines are not asked."""
    path, broken = folder / page, []
    for pair in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        link = pair[0] or pair[1]
        if re.match(r"\w+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = Path(os.path.normpath(path.parent / name)) if name else path
        if not target.exists():
            broken.append(link)
        elif anchor and target.suffix == ".md" and anchor not in list_anchors(target.read_text(encoding="utf-8")):
            broken.append(link)
    return broken


@pytest.fixture(scope="module")
def site_source(tmp_path_factory):
    """What the generator reads, made without it."""
    folder = tmp_path_factory.mktemp("site") / "source"
    load_site_maker().write_source(folder)
    return folder


def test_there_are_pages_in_every_room():
    assert {page.split("/")[0] for page in PAGES} >= {
        "README.md",
        "features",
        "training",
        "serving",
        "notebooks",
        "tests",
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page):
    assert find_broken_links(ROOT, page) == []


def test_a_link_to_nowhere_and_to_no_heading_is_found(tmp_path):
    (tmp_path / "a.md").write_text('# One\n[x](b.md) [y](#two) [z](#one) <img src="c.png"> [w](https://example.org)\n')

    assert find_broken_links(tmp_path, "a.md") == ["b.md", "#two", "c.png"]


def test_every_readme_is_a_page_of_the_site_and_in_its_contents():
    pages = set(load_site_maker().PAGES)
    contents = yaml.safe_load((ROOT / ".ci" / "mkdocs.yaml").read_text(encoding="utf-8"))["nav"]
    listed = set(re.findall(r"[\w./]+\.md", yaml.safe_dump(contents)))

    assert pages == {page for page in PAGES}
    assert {page.replace(".github/", "project/") for page in pages} <= listed
    assert {f"notebooks/{path.stem}.md" for path in (ROOT / "notebooks").glob("*.ipynb")} <= listed


def test_links_of_the_site_lead_somewhere_without_the_generator_too(site_source):
    pages = [path.relative_to(site_source).as_posix() for path in sorted(site_source.rglob("*.md"))]

    assert len(pages) > 60
    assert {page: broken for page in pages if (broken := find_broken_links(site_source, page))} == {}


def test_every_public_module_has_its_docstrings_on_a_page(site_source):
    text = "\n".join(path.read_text(encoding="utf-8") for path in (site_source / "reference").glob("*.md"))
    shown = set(re.findall(r"(?m)^::: ([\w.]+)$", text))

    assert {"leadlight.model", "features.tables.tables", "training.pipeline", "serving.service"} <= shown
    assert len(shown) > 300


def test_the_site_lists_the_first_readme_of_a_section_by_its_name():
    settings = yaml.safe_load((ROOT / ".ci" / "mkdocs.yaml").read_text(encoding="utf-8"))

    # With this feature the theme shows such a page only where somebody clicks on the section's name.
    firsts = [
        next(iter(pages[0].values()))
        for entry in settings["nav"]
        for pages in entry.values()
        if len(pages) > 1 and isinstance(pages, list) and isinstance(pages[0], dict)
    ]
    assert [page for page in firsts if page.endswith("README.md")] != []
    assert "navigation.indexes" not in settings["theme"]["features"]


def test_the_site_asks_no_other_machine_by_its_settings():
    settings = yaml.safe_load((ROOT / ".ci" / "mkdocs.yaml").read_text(encoding="utf-8"))

    assert settings["theme"]["font"] is False and not {"extra_css", "extra_javascript", "extra", "site_url"} & set(
        settings
    )


@pytest.mark.skipif(
    importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("mkdocstrings") is None,
    reason="the generator of the site is not installed here (make docs-site installs it)",
)
def test_the_built_site_has_no_broken_link_and_asks_no_other_machine(tmp_path, site_source):
    config = yaml.safe_load((ROOT / ".ci" / "mkdocs.yaml").read_text(encoding="utf-8"))
    config |= {"docs_dir": str(site_source), "site_dir": str(tmp_path / "site")}
    python = config["plugins"][1]["mkdocstrings"]["handlers"]["python"]
    python["paths"] = [str(ROOT), str(ROOT / "serving/python_api")]
    python["options"]["extensions"] = [str(ROOT / ".ci" / name) for name in python["options"]["extensions"]]
    (tmp_path / "mkdocs.yaml").write_text(yaml.safe_dump(config))

    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-f", str(tmp_path / "mkdocs.yaml")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600)

    assert ran.returncode == 0, ran.stderr[-3000:]
    asked, broken, anchors = [], [], {}
    pages = [path for path in (tmp_path / "site").rglob("*.html") if path.name != "404.html"]
    for page in pages:
        anchors[page] = set(re.findall(r'\bid="([^"]+)"', page.read_text(encoding="utf-8")))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for tag, written in re.findall(r'<(\w+)\b[^>]*?\s(?:href|src)="?([^"\s>]+)', text):
            link = unescape(written)
            name, _, anchor = link.partition("#")
            if re.match(r"(?:https?:)?//", link):
                # A link is followed by a person; everything else is fetched by the browser.
                asked += [] if tag == "a" else [(page.name, link)]
            elif not re.match(r"\w+:", link):
                target = Path(os.path.normpath(page.parent / name)) if name else page
                if not target.exists() or (anchor and target in anchors and anchor not in anchors[target]):
                    broken.append((page.name, link))
        # The theme fetches Mermaid from another machine where a page has a drawing for it.
        assert 'class="mermaid"' not in text
        assert "<blockquote>\n<blockquote>" not in text, f"{page.name}: an example is shown as a quotation"
    assert len(pages) > 60 and asked == [] and broken == []
