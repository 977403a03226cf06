"""Is every registered version listed once, with what it is used for, and a damaged one with what is wrong?"""

import json

import pytest
from click.testing import CliRunner

from serving.cli.main import leadlight
from training.registry.registered_versions import list_registered_versions


@pytest.fixture
def home(tmp_path):
    """Eleven versions, of which the second is the champion, the tenth its challenger, and two are damaged."""
    folder = tmp_path / "pointers" / "leadlight"
    folder.mkdir(parents=True)
    for alias, version in [*((str(number), number) for number in range(1, 12)), ("champion", 2), ("shadow", 10)]:
        bundle = tmp_path / "bundles" / str(version)
        bundle.mkdir(parents=True, exist_ok=True)
        (bundle / "bundle.json").write_text(json.dumps({"created_at": f"2026-03-{version:02d}T10:00:00+00:00"}))
        pointer = {"name": "leadlight", "alias": alias, "version": str(version), "path": f"bundles/{version}"}
        (folder / f"{alias}.json").write_text(json.dumps(pointer | {"sha256": f"{version:02d}" * 32}))
    (folder / "3.json").write_text("{")
    (tmp_path / "bundles" / "4" / "bundle.json").unlink()
    return tmp_path


def test_versions_are_listed_in_order_with_their_aliases(home):
    versions = list_registered_versions(home, "leadlight")

    assert [version.version for version in versions] == [str(number) for number in range(1, 12)]
    assert {version.version: version.aliases for version in versions if version.aliases} == {
        "2": ("champion",),
        "10": ("shadow",),
    }
    assert versions[1].trained_at == "2026-03-02T10:00:00+00:00" and versions[1].sha256 == "02" * 32
    assert versions[2].trained_at == "its pointer cannot be read"
    assert versions[3].trained_at == "its bundle cannot be read"


def test_the_command_prints_them_for_people_and_programs(home, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(home))

    text, plain, none = (
        CliRunner().invoke(leadlight, ["versions", *more], catch_exceptions=False).output
        for more in ([], ["--json"], ["--name", "other"])
    )

    assert "leadlight/2  020202020202  2026-03-02T10:00:00+00:00  champion" in text.splitlines()
    assert json.loads(plain)[9] == {
        "version": "10",
        "sha256": "10" * 32,
        "trained_at": "2026-03-10T10:00:00+00:00",
        "aliases": ["shadow"],
    }
    assert "No version is registered under the name other" in none
