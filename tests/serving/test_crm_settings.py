"""Are addresses and secrets checked when the service starts, and never shown?"""

import pytest

from serving.crm.outbound.sender import create_channels
from serving.crm_settings import CrmSettings, Secret, require_secure_url
from serving.errors import ServiceError


def test_nothing_set_is_nothing_open():
    settings = CrmSettings.from_environment({})

    assert settings == CrmSettings() and create_channels(settings) == []


def test_everything_set_is_read(tmp_path):
    (tmp_path / "token").write_text("an invented token\n")
    (tmp_path / "mapping.toml").write_text('version = 1\n[leads]\nmessage = "text"\n')
    settings = CrmSettings.from_environment(
        {
            "LEADLIGHT_PUBLIC_URL": "https://score.practice.example/",
            "LEADLIGHT_HUBSPOT_SECRET": "an invented secret",
            "LEADLIGHT_GENERIC_KEY": "an invented key!",
            "LEADLIGHT_HUBSPOT_URL": "https://crm.example/",
            "LEADLIGHT_HUBSPOT_TOKEN_FILE": str(tmp_path / "token"),
            "LEADLIGHT_GENERIC_MAPPING": str(tmp_path / "mapping.toml"),
            "LEADLIGHT_SALESFORCE_ORGANIZATION": "00D7F0000000001",
            "LEADLIGHT_SEND_ATTEMPTS": "3",
        }
    )

    assert (settings.public_url, settings.addresses, settings.attempts) == (
        "https://score.practice.example",
        {"hubspot": "https://crm.example"},
        3,
    )
    assert settings.tokens["hubspot"].reveal() == "an invented token" and settings.mappings["generic"].leads == {
        "message": "text"
    }
    assert set(settings.secrets) == {"hubspot", "generic"} and [
        channel.destination for channel in create_channels(settings)
    ] == ["hubspot"]
    assert "invented" not in repr(settings)


def test_a_renewed_token_counts_without_a_restart(tmp_path):
    (tmp_path / "token").write_text("an invented token")
    secret = Secret(file=tmp_path / "token")
    first_text = secret.reveal()
    (tmp_path / "token").write_text("another invented token")

    assert (first_text, secret.reveal()) == ("an invented token", "another invented token")


@pytest.mark.parametrize(
    "address", ["https://crm.example", "https://crm.example:8443/base", "http://127.0.0.1:80", "http://[::1]:80"]
)
def test_an_address_that_a_token_may_go_to_passes(address):
    assert require_secure_url("X", address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://crm.example",
        "http://localhost:80",
        "http://127.0.0.1.crm.example",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "crm.example",
        "https://",
        "https://u:p@crm.example",
        "https://crm.example?a=1",
        "https://crm.example#a",
        "https://crm.example\r\nx: y",
        "https://crm example",
        "https://crm.example:99999",
        "https://caf\u00e9.example",
        "http://169.254.169.254",
        "http://0.0.0.0",
        "http://2130706433",
        "https://[::1",
    ],
)
def test_an_address_that_a_token_must_not_go_to_is_refused(address):
    with pytest.raises(ServiceError, match="X (is not a valid address|does not begin with https)"):
        require_secure_url("X", address)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"LEADLIGHT_HUBSPOT_SECRET": "short"}, "LEADLIGHT_HUBSPOT_SECRET: A secret is shorter"),
        ({"LEADLIGHT_HUBSPOT_TOKEN": "an invented\ntoken of two lines"}, "not ASCII on one line"),
        ({"LEADLIGHT_HUBSPOT_TOKEN_FILE": "/nowhere/token"}, "cannot be read"),
        ({"LEADLIGHT_GENERIC_KEY": "an invented key!", "LEADLIGHT_GENERIC_KEY_FILE": "/a"}, "both set"),
        ({"LEADLIGHT_HAND_OFFS": "salesforce"}, "gets no hand-offs; expected any of hubspot, dynamics, odoo, frappe"),
        ({"LEADLIGHT_HAND_OFFS": "odoo"}, "Set LEADLIGHT_ODOO_URL and LEADLIGHT_ODOO_TOKEN"),
        ({"LEADLIGHT_SEND_ATTEMPTS": "0"}, "not a whole number from 1 to 100"),
        ({"LEADLIGHT_SEND_ATTEMPTS": "9" * 5000}, "not a whole number from 1 to 100"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(variables, message):
    with pytest.raises(ServiceError, match=message):
        CrmSettings.from_environment(variables)


def test_a_fault_shows_no_secret():
    with pytest.raises(ServiceError, match=r"^(?!.*hidden)"):
        CrmSettings.from_environment({"LEADLIGHT_HUBSPOT_SECRET": "hidden"})
