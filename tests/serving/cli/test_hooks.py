"""Does ``leadlight hook`` refuse what it cannot do, in a sentence?"""

from pathlib import Path

import pytest
from click.testing import CliRunner

from serving.cli.hooks import hook
from serving.errors import ServiceError


def test_an_unknown_product_is_answered_with_those_that_are_known(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))

    ran = CliRunner().invoke(hook, ["add", "jotform"])

    assert ran.exit_code == 2 and "typeform" in ran.output and "generic" in ran.output


def test_a_secret_file_that_is_not_there_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))

    ran = CliRunner().invoke(hook, ["add", "hubspot", "--secret-file", str(Path(tmp_path) / "gone")])

    assert isinstance(ran.exception, ServiceError)
    with pytest.raises(ServiceError, match="--secret-file cannot be read"):
        raise ran.exception
