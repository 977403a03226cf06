"""``leadlight user add``, ``list``, ``password``, ``role``, ``disable`` and ``enable``: who may sign in to the desk.

Lives here: words on a terminal, and asking for a password without showing it.
Does not live here: what a password must be (``people.passwords``), where people lie (``store.people``).
"""

from pathlib import Path

import click

from serving.accounts.passwords import Passwords, generate_password, check_password_strength
from serving.accounts.sessions import ROLES, check_user_name, check_display_name
from serving.errors import UserError
from serving.settings import Settings
from serving.store.store import Store, Transaction

__all__ = ["user"]

_ACTOR = "command-line"

_role = click.option(
    "--role",
    required=True,
    type=click.Choice(ROLES),
    help="What the person may do; each role may do what the one before it may.",
)
_password_file = click.option(
    "--password-file", type=click.Path(path_type=Path), help="Read the password from the first line of this file."
)
_make_password = click.option(
    "--make-password",
    is_flag=True,
    help="Make a password and print it, once. The person chooses another at the first sign-in.",
)
_keep = click.option("--keep", is_flag=True, help="With --make-password: the person may keep it.")


@click.group("user")
def user() -> None:
    """People: who may sign in to the desk, and as what. Changes count at once; whoever loses a right is signed out."""


@user.command("add")
@click.argument("name")
@_role
@click.option("--shown-name", help="How the pages call the person, such as 'Anna B.'; NAME when left out.")
@_password_file
@_make_password
@_keep
@click.option(
    "--replace", is_flag=True, help="If there is somebody of that name: give that person this role and this password."
)
def add(
    name: str,
    role: str,
    shown_name: str | None,
    password_file: Path | None,
    make_password: bool,
    keep: bool,
    replace: bool,
) -> None:
    """Let somebody in under NAME: small letters, digits, dots and dashes, such as anna."""
    check_user_name(name)
    check_display_name(shown := shown_name or name)
    with Store.open(Settings.from_environment()) as store:
        with store.reading() as at:
            known = at.users.find(name) is not None
        if known and not replace:
            raise UserError(
                "user: there is somebody of this name already, and a name means one person for ever. Choose another, or: leadlight user password NAME."
            )
        password = _password(password_file, make_password, keep, name, shown)
        password_hash, must_change = Passwords().hash(password), make_password and not keep
        with store.transaction(_ACTOR) as at:
            if known:
                _replaced(at, name, role, password_hash, must_change)
            else:
                at.users.add(name, shown, role, password_hash, must_change)
    click.echo(f"{name} may sign in, role {role}.", err=True)


@user.command("list")
def list_people() -> None:
    """Print everybody's name, role and state; never a password."""
    with Store.open(Settings.from_environment()) as store, store.reading() as at:
        everybody = at.users.list_all()
    if not everybody:
        click.echo("Nobody. Let somebody in: leadlight user add anna --role desk")
    for one in everybody:
        state = "disabled" if one.disabled_at else "must change the password" if one.must_change else "may sign in"
        click.echo(f"{one.person_id:<24} {one.role:<8} {state:<25} {one.shown_name}  since {one.created_at:%Y-%m-%d}")


@user.command("password")
@click.argument("name")
@_password_file
@_make_password
@_keep
def password(name: str, password_file: Path | None, make_password: bool, keep: bool) -> None:
    """Give NAME another password; the person is signed out everywhere."""
    with Store.open(Settings.from_environment()) as store:
        with store.reading() as at:
            person = at.users.find(name)
        if person is None:
            raise UserError("user: there is nobody of this name. See who there is: leadlight user list.")
        given = _password(password_file, make_password, keep, person.person_id, person.shown_name)
        password_hash = Passwords().hash(given)
        with store.transaction(_ACTOR) as at:
            at.users.set_password(name, password_hash, make_password and not keep)
    click.echo(f"{name} has another password and is signed out everywhere.", err=True)


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
def role_of(name: str, role: str) -> None:
    """Give NAME another role; the person is signed out everywhere."""
    with Store.open(Settings.from_environment()) as store, store.transaction(_ACTOR) as at:
        at.users.set_role(name, role)
    click.echo(f"{name} has role {role} and is signed out everywhere.", err=True)


@user.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Let NAME in no longer, from this moment on. What the person did stays, under the name."""
    with Store.open(Settings.from_environment()) as store, store.transaction(_ACTOR) as at:
        at.users.disable(name)
    click.echo(
        f"{name} may no longer sign in and is signed out everywhere. Undo it: leadlight user enable {name}", err=True
    )


@user.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Let NAME in again, with the password of before."""
    with Store.open(Settings.from_environment()) as store, store.transaction(_ACTOR) as at:
        at.users.enable(name)
    click.echo(f"{name} may sign in again.", err=True)


def _replaced(at: Transaction, name: str, role: str, password_hash: str, must_change: bool) -> None:
    """Give somebody who is there this role and this password, and let them in."""
    at.users.enable(name)
    at.users.set_role(name, role)
    at.users.set_password(name, password_hash, must_change)


def _password(password_file: Path | None, make_password: bool, keep: bool, *own_words: str) -> str:
    """The password that is made, read from a file, or asked for twice without showing it.

    PeopleError when it is not good, UsageError for two ways at once.
    """
    if make_password and password_file is not None or keep and not make_password:
        raise click.UsageError(
            "Name one of --password-file and --make-password, or neither to be asked; --keep goes with --make-password."
        )
    if make_password:
        made = generate_password()
        click.echo(made)
        return made
    if password_file is not None:
        given = _first_line(password_file)
    else:
        given = click.prompt("Password", hide_input=True, confirmation_prompt="The same once more")
    check_password_strength(given, *own_words)
    return given


def _first_line(file: Path) -> str:
    """The first line of a file, without its end."""
    try:
        with open(file, encoding="utf-8") as opened:
            return opened.readline(10_000).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError(
            f"user: --password-file {str(file)!r} cannot be read ({type(fault).__name__}). Name a text file whose first line is the password."
        ) from None
