"""Is the store that commands open the one that the environment names?"""

from serving.cli.open_store import open_store


def test_a_store_is_opened_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "home"))

    with open_store() as store, store.reading() as at:
        assert at.leads.get("L-1") is None

    assert list((tmp_path / "home").glob("*.db"))
