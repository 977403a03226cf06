"""``leadlight user add``, ``list``, ``password``, ``role``, ``disable`` and ``enable``: who may sign in to the desk.

Lives here: options and output, and prompting for a password without showing it.
Does not live here: the rules for a password (``serving.accounts.password_hashing``), storing users
(``serving.store.repositories.users``).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.option_groups import group_options, json_option, print_json
from serving.accounts.roles import ROLES
from serving.cli.open_store import open_store
from serving.errors import UserError

if TYPE_CHECKING:
    from serving.store.database.user_entities import User
    from serving.store.transaction import Transaction


__all__ = ["user"]

_ACTOR = "command-line"


@dataclass(frozen=True)
class PasswordSource:
    """Options that say where a new password comes from; without any, the user of the terminal types it."""

    password_file: Path | None
    make_password: bool
    keep: bool

    @property
    def must_change(self) -> bool:
        """Whether the user must choose another password at the first sign-in."""
        return self.make_password and not self.keep

    def read(self, *user_names: str) -> str:
        """Generate the password, read it from the file, or prompt for it twice without showing it.

        Raises
        ------
        UserError
            If it is not strong enough.
        UsageError
            If two options exclude each other.
        """

        from serving.accounts.password_hashing import check_password_strength, generate_password

        if self.make_password and self.password_file is not None or self.keep and not self.make_password:
            raise click.UsageError(
                "Use --password-file or --make-password, or neither to be prompted; --keep needs --make-password."
            )
        if self.make_password:
            password = generate_password()
            click.echo(password)
            return password
        if self.password_file is not None:
            password = _read_first_line(self.password_file)
        else:
            password = click.prompt("Password", hide_input=True, confirmation_prompt="Repeat the password")
        check_password_strength(password, *user_names)
        return password


def _replace_user(at: "Transaction", name: str, role: str, password_hash: str, must_change: bool) -> None:
    """Give an existing user this role and this password, and enable the user."""
    at.users.enable(name)
    at.users.set_role(name, role)
    at.users.set_password(name, password_hash, must_change)


def _read_first_line(file: Path) -> str:
    """Return the first line of a file, without its line break."""
    try:
        with open(file, encoding="utf-8") as opened:
            return opened.readline(10_000).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError(
            f"user: --password-file {str(file)!r} cannot be read ({type(fault).__name__}). "
            "Name a text file whose first line is the password."
        ) from None


_role = click.option(
    "--role",
    required=True,
    type=click.Choice(ROLES),
    help="What the user may do; each role may do everything that the one before it may.",
)
_password_options = group_options(
    "source",
    PasswordSource,
    click.option(
        "--password-file", type=click.Path(path_type=Path), help="Read the password from the first line of this file."
    ),
    click.option(
        "--make-password",
        is_flag=True,
        help="Generate a password and print it, once. The user chooses another at the first sign-in.",
    ),
    click.option("--keep", is_flag=True, help="With --make-password: the user may keep it."),
)


@click.group("user")
def user() -> None:
    """Manage users: who may sign in to the desk, and in which role. Changes apply at once and sign the user out."""


@user.command("add")
@click.argument("name")
@_role
@click.option("--shown-name", help="Name shown on pages, such as 'Anna B.'; NAME when left out.")
@_password_options
@click.option("--replace", is_flag=True, help="If the user exists: set this role and this password.")
def add(name: str, role: str, shown_name: str | None, source: PasswordSource, replace: bool) -> None:
    """Add a user NAME: lowercase letters, digits, dots and dashes, such as anna."""

    from serving.accounts.password_hashing import Passwords
    from serving.accounts.sessions import check_display_name, check_user_name

    check_user_name(name)
    display_name = shown_name or name
    check_display_name(display_name)
    with open_store() as store:
        with store.reading() as at:
            exists = at.users.find(name) is not None
        if exists and not replace:
            raise UserError(
                f"user: {name} already exists, and a name is never used for another person. Choose another name, or "
                "set a new password: leadlight user password NAME."
            )
        password = source.read(name, display_name)
        password_hash = Passwords().hash(password)
        with store.transaction(_ACTOR) as at:
            if exists:
                _replace_user(at, name, role, password_hash, source.must_change)
            else:
                at.users.add(name, display_name, role, password_hash, source.must_change)
    click.echo(f"{'Updated' if exists else 'Created'} user {name} ({role}).", err=True)


@user.command("list")
@json_option
def list_users(as_json: bool) -> None:
    """List every user's name, role and state; never a password."""
    with open_store() as store, store.reading() as at:
        users = at.users.list_all()
    if as_json:
        print_json([_describe_user(user) for user in users])
        return
    if not users:
        click.echo("No users. Add one: leadlight user add anna --role desk")
    for user in users:
        state = _describe_user(user)["state"]
        click.echo(
            f"{user.person_id:<24} {user.role:<8} {state:<20} {user.shown_name}  created {user.created_at:%Y-%m-%d}"
        )


def _describe_user(user: "User") -> dict[str, str]:
    """Describe a user for programs; never a password."""
    state = "must change password" if user.must_change else "active"
    return {
        "name": user.person_id,
        "role": user.role,
        "state": "disabled" if user.disabled_at else state,
        "shown_name": user.shown_name,
        "created_at": user.created_at.isoformat(timespec="seconds"),
    }


@user.command("password")
@click.argument("name")
@_password_options
def password(name: str, source: PasswordSource) -> None:
    """Set a new password for NAME; the user is signed out everywhere."""

    from serving.accounts.password_hashing import Passwords

    with open_store() as store:
        with store.reading() as at:
            person = at.users.find(name)
        if person is None:
            raise UserError(f"user: there is no user {name}. List the users: leadlight user list.")
        password_hash = Passwords().hash(source.read(person.person_id, person.shown_name))
        with store.transaction(_ACTOR) as at:
            at.users.set_password(name, password_hash, source.must_change)
    click.echo(f"Changed the password of {name}; signed out everywhere.", err=True)


@user.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
def set_role(name: str, role: str) -> None:
    """Change the role of NAME; the user is signed out everywhere."""
    with open_store() as store, store.transaction(_ACTOR) as at:
        at.users.set_role(name, role)
    click.echo(f"Changed the role of {name} to {role}; signed out everywhere.", err=True)


@user.command("disable")
@click.argument("name")
def disable(name: str) -> None:
    """Disable the user NAME at once. Everything that the user did stays under the name."""
    with open_store() as store, store.transaction(_ACTOR) as at:
        at.users.disable(name)
    click.echo(f"Disabled user {name}; signed out everywhere. To undo: leadlight user enable {name}", err=True)


@user.command("enable")
@click.argument("name")
def enable(name: str) -> None:
    """Enable the user NAME again, with the same password."""
    with open_store() as store, store.transaction(_ACTOR) as at:
        at.users.enable(name)
    click.echo(f"Enabled user {name}.", err=True)
