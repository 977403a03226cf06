"""Does each check of an installation find what it looks for?"""

import socket

from serving.diagnostics import installation_checks


def test_a_full_disk_and_a_folder_that_is_not_there_are_said(tmp_path):
    assert installation_checks.check_disk(tmp_path, 10**9).message.startswith("the disk of")
    assert installation_checks.check_disk(tmp_path / "nowhere").state == "fix"
    assert "is not writable (No such file or directory)" in installation_checks.check_home(tmp_path / "nowhere").message


def test_packages_are_held_against_their_limits():
    lines = ["click>=900", "nothing-like-this>=1", "click>=8", 'psycopg>=900; extra == "postgresql"']

    messages = [finding.message for finding in installation_checks.check_packages(lines)]

    assert len(messages) == 2
    assert messages[0].startswith("click is ") and ", expected >=900" in messages[0]
    assert messages[1].startswith("nothing-like-this is not installed")


def test_a_taken_port_is_said_and_our_own_service_is_not_taken_for_a_stranger(monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        number = listener.getsockname()[1]
        monkeypatch.setattr(installation_checks, "_is_our_service", lambda host, port: False)
        assert installation_checks.check_port("127.0.0.1", number).state == "fix"
        monkeypatch.setattr(installation_checks, "_is_our_service", lambda host, port: True)
        assert installation_checks.check_port("127.0.0.1", number).message.startswith("The service answers")


def test_what_the_service_itself_answers_is_known_and_nothing_else_is():
    from serving.http.responses import json_reply

    # As /livez answers, with and without a warning about the clock.
    for warning in (None, "The clock is 7,200 seconds behind."):
        assert installation_checks._is_liveness(json_reply({"alive": True, "warning": warning}).body)
    for body in (b"", b"<html>", b"[]", b'{"alive": false}', b'{"status": "ok"}'):
        assert not installation_checks._is_liveness(body)


def test_a_place_for_compiled_code_that_cannot_be_written_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "nowhere"))

    assert "Set NUMBA_CACHE_DIR" in installation_checks.check_compile_cache(tmp_path).message


def test_deliveries_that_could_not_be_worked_off_are_said_without_what_is_in_them(tmp_path):
    assert list(installation_checks.check_deliveries(tmp_path)) == []
    (tmp_path / "deliveries").mkdir()
    (tmp_path / "deliveries" / f"{7:020d}.failed").write_text("a name")

    (finding,) = installation_checks.check_deliveries(tmp_path)

    assert finding.state == "fix" and finding.message.startswith("1 deliveries of CRMs are set aside")
    assert "a name" not in finding.message
