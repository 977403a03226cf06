"""Does ``leadlight user`` let people in and out, and does a password show once at most?"""

import pytest
from click.testing import CliRunner

from features.errors import LeadlightError
from serving.accounts.password_hashing import Passwords
from serving.accounts.sessions import UserSessions
from serving.cli.users import user
from serving.errors import RequestError, StoreRefused, UserError
from serving.settings import Settings
from serving.store.store import Store

GOOD = "four calm herons wait"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("LEADLIGHT_DATABASE_URL", raising=False)
    return tmp_path


def run(*arguments, typed=None):
    """What the verb prints, to standard output and to standard error; its own errors as they are raised."""
    ran = CliRunner().invoke(user, list(arguments), input=typed, standalone_mode=False)
    if isinstance(ran.exception, LeadlightError):
        raise ran.exception
    return (
        (ran.stdout, ran.stderr)
        if ran.exception is None
        else (ran.stdout, f"{type(ran.exception).__name__}: {ran.exception}")
    )


def find(home, name):
    with Store.open(Settings(home)) as store, store.reading() as at:
        return at.users.find(name)


def may_sign_in(home, name, password):
    with Store.open(Settings(home)) as store:
        try:
            return bool(UserSessions(store, passwords=Passwords(8, 1)).sign_in(name, password, "tests"))
        except RequestError:
            return False


def test_a_password_is_asked_for_twice_without_showing_it(home):
    output = run("add", "anna", "--role", "desk", "--shown-name", "Anna B.", typed=f"{GOOD}\n{GOOD}\n")

    person = find(home, "anna")
    assert (person.shown_name, person.role, person.must_change) == ("Anna B.", "desk", False)
    assert GOOD not in "".join(output) and person.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert may_sign_in(home, "anna", GOOD)


def test_a_made_password_is_printed_once_and_changed_at_the_first_sign_in(home):
    password, message = run("add", "anna", "--role", "desk", "--make-password")
    listed = run("list")[0]

    assert password.strip() not in message + listed and "must change password" in listed
    assert may_sign_in(home, "anna", password.strip()) and find(home, "anna").must_change


def test_a_password_comes_from_the_first_line_of_a_file(home, tmp_path):
    (tmp_path / "password").write_text(f"{GOOD}\r\nanother line\n")
    run("add", "anna", "--role", "admin", "--password-file", str(tmp_path / "password"))

    assert may_sign_in(home, "anna", GOOD)
    with pytest.raises(UserError, match="cannot be read .FileNotFoundError."):
        run("password", "anna", "--password-file", str(tmp_path / "nothing"))


def test_the_demo_is_let_in_anew_each_time(home):
    first = run("add", "demo", "--role", "manager", "--make-password", "--keep", "--replace")[0].strip()
    run("disable", "demo")
    second = run("add", "demo", "--role", "desk", "--make-password", "--keep", "--replace")[0].strip()

    assert first != second and (find(home, "demo").role, find(home, "demo").must_change) == ("desk", False)
    assert [may_sign_in(home, "demo", password) for password in (first, second)] == [False, True]


def test_a_person_is_given_another_password_another_role_and_no_way_in(home):
    run("add", "anna", "--role", "desk", typed=f"{GOOD}\n{GOOD}\n")
    run("password", "anna", typed="six slow pelicans drift\nsix slow pelicans drift\n")
    run("role", "anna", "manager")
    allowed = may_sign_in(home, "anna", GOOD), may_sign_in(home, "anna", "six slow pelicans drift")
    run("disable", "anna")
    disabled = may_sign_in(home, "anna", "six slow pelicans drift"), run("list")[0]
    run("enable", "anna")

    assert allowed == (False, True) and find(home, "anna").role == "manager"
    assert disabled[0] is False and "disabled" in disabled[1] and may_sign_in(home, "anna", "six slow pelicans drift")


@pytest.mark.parametrize("name", ["", "a", "Anna", "anna b", "anna@example.org", "1anna", "a" * 41, "../anna", "änne"])
def test_a_name_of_another_form_is_a_sentence(home, name):
    with pytest.raises(UserError, match="the name is not valid"):
        run("add", "--role", "desk", "--make-password", "--", name)


@pytest.mark.parametrize("shown", ["", "   ", "a" * 61, "two\nlines", "turned \u202e round"])
def test_a_shown_name_of_another_form_is_a_sentence(home, shown):
    if not shown:
        assert (
            run("add", "anna", "--role", "desk", "--make-password", "--shown-name", shown)[0]
            and find(home, "anna").shown_name == "anna"
        )
        return
    with pytest.raises(UserError, match="--shown-name is not valid"):
        run("add", "anna", "--role", "desk", "--make-password", "--shown-name", shown)


def test_what_cannot_be_done_is_a_sentence(home):
    run("add", "anna", "--role", "desk", "--make-password")

    with pytest.raises(UserError, match="anna already exists"):
        run("add", "anna", "--role", "desk", "--make-password")
    with pytest.raises(UserError, match="there is no user bob"):
        run("password", "bob", "--make-password")
    for arguments in (("disable", "bob"), ("enable", "bob"), ("role", "bob", "desk")):
        with pytest.raises(StoreRefused, match="no user of this name"):
            run(*arguments)
    with pytest.raises(UserError, match="at least 12"):
        run("password", "anna", typed="short\nshort\n")


@pytest.mark.parametrize("arguments", [("--make-password", "--password-file", "x"), ("--keep",)])
def test_two_ways_to_a_password_are_one_too_many(home, arguments):
    assert "UsageError: Use --password-file or --make-password" in run("add", "anna", "--role", "desk", *arguments)[1]


def test_who_did_it_is_in_the_audit_and_no_password_is(home):
    password = run("add", "anna", "--role", "desk", "--make-password")[0].strip()
    with Store.open(Settings(home)) as store, store.reading() as at:
        lines = [(row.actor, row.action, row.detail) for row in at.audit.list_rows()]

    assert lines == [("command-line", "person_added", {"person": "anna", "role": "desk"})] and password not in repr(
        lines
    )
