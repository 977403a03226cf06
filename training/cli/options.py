"""Which options do several verbs of training share? Files to read, the model's name, the stability budget.

Lives here: click options and the objects they become.
Does not live here: options of a single verb (each verb's own file).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.option_groups import group_options, json_option
from training.progress import ReportProgress

if TYPE_CHECKING:
    from features.mapping.column_mapping import Mapping
    from features.practice.practice import Practice
    from features.tables.tables import Tables
    from training.settings import Settings


__all__ = [
    "InputFiles",
    "Output",
    "RunInputs",
    "Waiver",
    "budget_option",
    "name_option",
    "output_options",
    "retraining_inputs",
    "training_inputs",
    "waiver_options",
]

Command = Callable[..., None]

_CODE = re.compile(r"LC\d{3}")

name_option = click.option(
    "--name", default="leadlight", show_default=True, help="Name that the model is registered under."
)
budget_option = click.option(
    "--budget", type=click.FloatRange(0, 1), help="Share of open leads whose grade or first reason may change (LC010)."
)


@dataclass(frozen=True)
class RunInputs:
    """The files of a run, read: what it learns from, and how."""

    settings: "Settings"
    practice: "Practice"
    mapping: "Mapping | None"
    data: str

    def read_tables(self, report_progress: ReportProgress) -> "Tables":
        """Read the practice's tables; it may take long."""

        from features.tables.tables import read_tables

        return read_tables(self.data, self.mapping, self.practice, report_progress)


@dataclass(frozen=True)
class InputFiles:
    """The files that a run reads, as named on the command line."""

    data: str
    mapping: Path | None
    practice: Path | None
    settings: Path | None = None

    def read(self) -> RunInputs:
        """Read the small files; the tables come later, so that a misspelled setting shows at once."""

        from features.mapping.column_mapping import read_mapping
        from features.practice_file.practice_toml import read_practice
        from training.settings import read_settings

        settings, practice = read_settings(self.settings), read_practice(self.practice)
        return RunInputs(settings, practice, read_mapping(self.mapping), self.data)


@dataclass(frozen=True)
class Waiver:
    """The failing checks that somebody signs for, who signs, and why; without any by default."""

    codes: tuple[str, ...] = ()
    by: str = ""
    because: str = ""

    @property
    def is_signed(self) -> bool:
        """Whether it says who signs, and why."""
        return bool(self.by.strip() and self.because.strip())


@dataclass(frozen=True)
class Output:
    """Where a command writes its files, and whether it prints one JSON value in place of lines."""

    out: Path
    as_json: bool


def output_options(help_text: str, name: str = "out", default: str = "report") -> Callable[[Command], Command]:
    """Return the options ``--out`` (or another name) and ``--json`` as ``output``."""
    path = click.option(
        f"--{name}", "out", default=default, show_default=True, type=click.Path(path_type=Path), help=help_text
    )
    return group_options("output", Output, path, json_option)


def _path_option(name: str, help_text: str) -> Callable[[Command], Command]:
    """Return an option that names a file."""
    return click.option(f"--{name}", type=click.Path(path_type=Path), help=help_text)


def _read_codes(context: click.Context, option: click.Parameter, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes in capitals; refuse what is no code, which would waive nothing without a word."""
    for code in codes:
        if not _CODE.fullmatch(code.strip().upper()):
            raise click.BadParameter(f"{code!r} is no check, expected a code such as LC009, as the verdict names it.")
    return tuple(code.strip().upper() for code in codes)


waiver_options = group_options(
    "waiver",
    Waiver,
    click.option(
        "--waive",
        "codes",
        multiple=True,
        metavar="CODE",
        callback=_read_codes,
        help="A failing check to sign a waiver for; repeat for each check.",
    ),
    click.option("--by", default="", help="Who signs the waiver."),
    click.option("--because", default="", help="Why the model may be promoted anyway."),
)
"""Options ``--waive``, ``--by`` and ``--because`` as ``waiver``."""

training_inputs = group_options(
    "files",
    InputFiles,
    click.option(
        "--data",
        required=True,
        help="A file of leads, a folder with leads, events, outcomes and spend, or a database's URL.",
    ),
    _path_option("mapping", "Mapping of an export's columns to ours (see leadlight inspect)."),
    _path_option("practice", "practice.toml: clinics, services, time zone, horizon."),
    _path_option("settings", "TOML with the settings that differ from the defaults."),
)
"""Options ``--data``, ``--mapping``, ``--practice`` and ``--settings`` as ``files``."""

retraining_inputs = group_options(
    "files",
    InputFiles,
    click.option(
        "--data",
        default="",
        help="A file of leads, a folder, or a database's URL; the service's own store by default.",
    ),
    _path_option("mapping", "Mapping of an export's columns; the champion's own by default."),
    _path_option("practice", "practice.toml; the champion's own by default."),
)
"""Options ``--data``, ``--mapping`` and ``--practice`` as ``files``, each with the champion's as its default."""
