"""Does ``leadlight push`` count first, write when told, and say numbers alone?"""

import time

import pytest
from click.testing import CliRunner

from serving.cli.push import push
from serving.errors import ServiceError
from tests.support.fake_crms import PagedHubSpotStandIn

TOKEN = "an invented token"


@pytest.fixture
def crm():
    stand_in = PagedHubSpotStandIn(time.monotonic)
    said = {"zip": "02110", "message": "Planted: could I come in next week?"}
    stand_in.contacts = {str(number): said | {"email": f"p{number}@example.org"} for number in range(1, 351)}
    stand_in.rows = {contact: {} for contact in stand_in.contacts}
    yield stand_in
    stand_in.close()


def test_the_command_counts_first_writes_when_told_and_says_numbers_alone(crm, bundle_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    run = lambda *options: CliRunner().invoke(push, ["--crm", "hubspot", "--model", bundle_folder, *options])  # noqa: E731
    unset = run()
    monkeypatch.setenv("LEADLIGHT_HUBSPOT_URL", crm.address)
    monkeypatch.setenv("LEADLIGHT_HUBSPOT_TOKEN", TOKEN)

    dry, part, rest = run(), run("--send", "--pages", "1"), run("--send")
    again = run("--send", "--restart")

    assert isinstance(unset.exception, ServiceError) and "LEADLIGHT_HUBSPOT_TOKEN" in str(unset.exception)
    assert "350 contacts read, 350 scored" in dry.stdout and "Nothing was written" in dry.stdout
    assert "100 written" in part.stdout and "There are more contacts" in part.stdout
    assert "350 written" in rest.stdout and crm.written >= 350 and again.exit_code == 0
    assert "Planted" not in dry.output + rest.output and "example.org" not in rest.output
    assert TOKEN not in rest.output


def test_a_dry_run_moves_no_place_and_another_account_begins_at_its_first_contact(
    crm, bundle_folder, tmp_path, monkeypatch
):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("LEADLIGHT_HUBSPOT_URL", crm.address)
    monkeypatch.setenv("LEADLIGHT_HUBSPOT_TOKEN", TOKEN)
    run = lambda *options: CliRunner().invoke(push, ["--crm", "hubspot", "--model", bundle_folder, *options])  # noqa: E731
    run("--send", "--pages", "2")
    places = {path.name: path.read_bytes() for path in (tmp_path / "push").iterdir()}

    dry = run("--restart")
    after_dry = {path.name: path.read_bytes() for path in (tmp_path / "push").iterdir()}
    monkeypatch.setenv("LEADLIGHT_HUBSPOT_TOKEN", f"{TOKEN} of another account")
    crm.requests.clear()
    run("--send", "--pages", "1")

    assert dry.exit_code == 0 and places == after_dry and len(places) == 1 and TOKEN not in str(places)
    assert "after=" not in crm.requests[0][1]
