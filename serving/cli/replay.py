"""``leadlight replay RECEIPT``: is a past score still the same, to the bit?

Lives here: options and output. Does not live here: computing it again (``serving.diagnostics.receipt_replay``)."""

import click

from features.option_groups import json_option, print_json
from serving.errors import ReplayError

__all__ = ["replay"]


@click.command("replay")
@click.argument("receipt")
@click.option(
    "--model",
    default="leadlight",
    show_default=True,
    help="NAME whose registered versions are searched, or the bundle's folder.",
)
@json_option
def replay(receipt: str, model: str, as_json: bool) -> None:
    """Compute the score of a RECEIPT again and compare everything that was shown, to the bit.

    A receipt is part of every answer of the service and of a lead's page. Exits with 1 if anything differs, and names
    it."""

    from serving.diagnostics.receipt_replay import replay_score
    from training.bundle import get_models_home

    replayed = replay_score(receipt, get_models_home(), model)
    differences = replayed.differences
    if as_json:
        print_json({"receipt": receipt, "identical": not differences, **replayed.to_plain()})
    for line in replayed.format_lines() if not as_json else ():
        click.echo(line)
    if differences:
        raise ReplayError(
            f"replay: {len(differences)} of the numbers of {receipt} differ:\n  " + "\n  ".join(differences)
        )
    if not as_json:
        click.echo("identical to the bit")
