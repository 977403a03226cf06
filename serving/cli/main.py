"""``leadlight <command>``: which commands are there, and where is each one?

Lives here: the table of commands; a command's module is imported only when it is called, so that help answers at once.
Does not live here: what a command does (``features.cli``, ``training.cli``, ``serving.cli``)."""

import difflib
import importlib
import os
import sys

import click
from click.shell_completion import CompletionItem

from features.errors import LeadlightError
from features.file_permissions import set_private_umask
from serving.cli.script_output import silence

__all__ = ["main"]

VERBS = {
    "demo-data": ("features.cli:demo_data", "Generate demo data with a known truth."),
    "inspect": ("features.cli:inspect_file", "Inspect an export and propose a mapping."),
    "init": ("features.cli:init", "Draft a practice.toml from the leads."),
    "signals": ("features.cli:signals", "List the signals, what is looked for in a lead."),
    "read": ("features.cli:read_message_file", "Show what the messages of a file say, and by which words."),
    "readings": ("serving.cli.readings:readings", "Show which readings people called wrong, and learn from them."),
    "train": ("training.cli.train:train", "Train, evaluate, log and register a model."),
    "ablate": ("training.cli.experiments:ablate", "Show what each family of signals contributes."),
    "learning-curve": ("training.cli.experiments:learning_curve", "Estimate what more outcomes would bring."),
    "verify": (
        "training.cli.verify:verify",
        "Prove that the model sees no future and that the service scores as trained.",
    ),
    "monitor": ("training.cli.monitor:monitor", "Check whether new leads have drifted from the training leads."),
    "retrain": ("training.cli.promote:retrain", "Train again with the champion's settings."),
    "check": ("training.cli.promote:check", "Compare a model with the champion."),
    "promote": ("training.cli.promote:promote", "Make a registered version the champion, if it passes the checks."),
    "rollback": ("training.cli.promote:rollback", "Restore the previous champion."),
    "versions": ("training.cli.promote:versions", "List the registered versions, and which one is in use."),
    "promotions": ("training.cli.promote:promotions", "List promotions and verify the record."),
    "shadow": ("training.cli.shadow:shadow", "Score with a challenger beside the champion, without showing it."),
    "bucket": ("serving.cli.bucket:bucket", "Sort big files into buckets that many processes score."),
    "score": ("serving.cli.score:score", "Score any number of leads."),
    "features": ("serving.cli.features:features", "Write the signals of each lead, as the model reads them."),
    "insights": ("serving.cli.insights:insights", "Write what brings patients, what loses them and what changed."),
    "explain": ("serving.cli.explain:explain", "Show one lead's signals and what each rests on."),
    "replay": ("serving.cli.replay:replay", "Compute a score again from its receipt, to the bit."),
    "key": ("serving.cli.keys:key", "Create, list and revoke API keys."),
    "hook": ("serving.cli.hooks:hook", "Connect a CRM, a form, a call tracker or an ad."),
    "push": ("serving.cli.push:push", "Score the contacts that a CRM already has."),
    "user": ("serving.cli.users:user", "Manage the users of the desk."),
    "doctor": ("serving.cli.doctor:doctor", "Check the installation, with how to fix each problem."),
    "serve": ("serving.cli.score:serve", "Start the scoring service and the desk."),
    "load": ("serving.cli.store:load", "Load a practice's leads, events and outcomes into the store."),
    "backup": ("serving.cli.store:backup", "Copy the entire store into a file."),
    "restore": ("serving.cli.store:restore", "Replace the store by a backup."),
    "rekey": ("serving.cli.store:rekey", "Accept a new installation key in place of a lost one."),
    "forget": ("serving.cli.store:forget", "Delete everything known of one person."),
    "audit": ("serving.cli.audit:audit", "Show who changed or saw a lead."),
    "verify-audit": ("serving.cli.store:verify_audit", "Prove that no line of the audit was changed."),
    "completion": ("serving.cli.completion:completion", "Print what completes commands in bash, zsh or fish."),
}


_MAX_SHOWN, _LEAST_ALIKE = 40, 0.66


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, context: click.Context) -> list[str]:
        """List the commands in the order of a first day."""
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command, None if it does not exist."""
        if name not in VERBS:
            return None
        module, _, function = VERBS[name][0].partition(":")
        return getattr(importlib.import_module(module), function)

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; where there is none of that name, name those that are spelled alike."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            alike = difflib.get_close_matches(args[0], VERBS, n=3, cutoff=_LEAST_ALIKE)
            hint = f"Did you mean {' or '.join(alike)}?" if alike else "The list of commands: leadlight --help."
            raise click.UsageError(f"There is no command {args[0][:_MAX_SHOWN]!r}. {hint}", context)
        return super().resolve_command(context, args)

    def shell_complete(self, context: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command from the table: importing them all would take longer than a tab may."""
        if incomplete.startswith("-"):
            return super().shell_complete(context, incomplete)
        named = [(name, summary) for name, (_, summary) in VERBS.items() if name.startswith(incomplete)]
        return [CompletionItem(name, help=summary) for name, summary in named]

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in VERBS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leadlight", prog_name="leadlight", message="%(prog)s %(version)s")
@click.option(
    "--quiet", "-q", is_flag=True, help="Print errors alone; the exit code says how it went. serve keeps its log."
)
@click.pass_context
def leadlight(context: click.Context, quiet: bool) -> None:
    """Which leads will become patients, and why.

    A score supports the order of calls; a person decides. It is not triage.
    """
    # A service without its log could not be looked after.
    if quiet and context.invoked_subcommand != "serve":
        # Closed with the context, before an error is shown.
        context.with_resource(silence())


def main() -> None:
    """Run the console script: expected errors become one sentence and an exit code."""
    for variable in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "BENTOML_DO_NOT_TRACK"):
        os.environ.setdefault(variable, "true")
    # OpenMP threads that spin while idle would take the processor from everything else.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # So do OpenBLAS's; and with one, what is trained does not depend on how many cores a machine has.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    set_private_umask()
    try:
        leadlight(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except LeadlightError as fault:
        click.echo(str(fault), err=True)
        sys.exit(fault.exit_code)
    # A full disk or a folder that cannot be written: a problem of the machine, but also one sentence.
    except OSError as fault:
        where = f" ({fault.filename})" if fault.filename else ""
        click.echo(
            f"leadlight: system error: {fault.strerror or type(fault).__name__}{where}. "
            "Fix it or choose another path, then run the command again.",
            err=True,
        )
        sys.exit(1)
