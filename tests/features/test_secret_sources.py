"""Does a secret come from the environment or from a file, and does no message show it?"""

import pytest

from features.errors import LeadlightError
from features.secret_sources import read_secret


def test_from_the_environment_or_from_a_file_or_not_at_all(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("hush\n")

    assert read_secret("LEADLIGHT_TEST") is None
    monkeypatch.setenv("LEADLIGHT_TEST_FILE", str(tmp_path / "key"))
    assert read_secret("LEADLIGHT_TEST") == "hush"
    monkeypatch.delenv("LEADLIGHT_TEST_FILE")
    monkeypatch.setenv("LEADLIGHT_TEST", " hush ")
    assert read_secret("LEADLIGHT_TEST") == "hush"


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), (b"", "empty file"), (b"\xff\xfe\xff", "cannot be read")]
)
def test_a_file_that_holds_none_is_refused(monkeypatch, tmp_path, content, message):
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("LEADLIGHT_TEST_FILE", str(tmp_path / "key"))

    with pytest.raises(LeadlightError, match=message):
        read_secret("LEADLIGHT_TEST")


def test_two_places_are_refused_without_saying_the_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("LEADLIGHT_TEST", "hush")
    monkeypatch.setenv("LEADLIGHT_TEST_FILE", str(tmp_path / "key"))

    with pytest.raises(LeadlightError, match="both set") as refused:
        read_secret("LEADLIGHT_TEST")

    assert "hush" not in str(refused.value)
