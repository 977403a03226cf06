"""Is whoever starts the service told what is missing, before a stranger finds out?"""

import pytest

from serving.errors import ServiceError
from serving.http.api_keys import KeyFile
from serving.runtime.start_messages import require_key
from serving.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_on_this_machine_alone_a_missing_key_is_a_warning(host, tmp_path, capsys):
    require_key(Settings(tmp_path), host)

    printed = capsys.readouterr().out
    assert "There is no active API key" in printed and "Nobody can sign in to the desk yet. Add" in printed


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "practice.example"])
def test_where_others_can_reach_it_a_missing_key_ends_the_start(host, tmp_path, capsys):
    with pytest.raises(ServiceError, match=r"other machines can reach the service.*leadlight key add"):
        require_key(Settings(tmp_path), host)

    KeyFile(tmp_path).add("crm", "crm", None)
    require_key(Settings(tmp_path), host)
    assert f"though other machines can reach it on {host}" in capsys.readouterr().out


def test_a_variable_that_nothing_reads_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_LOGLEVEL", "debug")

    require_key(Settings(tmp_path), "localhost")

    assert "LEADLIGHT_LOGLEVEL" in capsys.readouterr().err
