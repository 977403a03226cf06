"""Can a user have each role and no other, and do managers' rights begin where they should?"""

from click.testing import CliRunner

from serving.accounts.roles import MANAGERS, ROLES
from serving.cli.main import leadlight


def test_each_role_can_be_given_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "home"))

    results = {
        role: CliRunner().invoke(leadlight, ["user", "add", f"u-{role}", "--role", role, "--make-password"])
        for role in (*ROLES, "owner")
    }

    assert {role: result.exit_code for role, result in results.items()} == dict.fromkeys(ROLES, 0) | {"owner": 2}
    assert "desk" not in MANAGERS and set(MANAGERS) < set(ROLES)
