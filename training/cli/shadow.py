"""``leadlight shadow VERSION``: let a challenger score beside the champion without showing it, and compare the two.

Lives here: options and output.
Does not live here: the pointer and the comparison (``training.monitoring.shadow_comparison``).
"""

import click

from features.option_groups import json_option, print_json
from training.cli.options import name_option
from training.errors import BundleError

__all__ = ["shadow"]


@click.command("shadow")
@click.argument("version", required=False)
@click.option("--off", is_flag=True, help="Remove the challenger.")
@click.option("--report", is_flag=True, help="Compare champion and challenger.")
@name_option
@json_option
def shadow(version: str | None, off: bool, report: bool, name: str, as_json: bool) -> None:
    """Score with a registered VERSION beside the champion, without showing it.

    After it has answered, the running service scores each lead that a program sends with both, and writes ids and
    numbers to mlruns/shadow.
    """
    from features.logs.shadow_log import read_comparisons
    from training.bundle import get_models_home
    from training.monitoring.shadow_comparison import compare_bundles, set_shadow, unset_shadow
    from training.registry.registered_versions import list_registered_versions

    if (version is not None) + off + report != 1:
        raise click.UsageError("shadow: give exactly one of VERSION, --off and --report.")
    home = get_models_home()
    if version is not None:
        pointer = set_shadow(name, version, home)
        if as_json:
            print_json(pointer)
            return
        click.echo(
            f"{name}/{pointer.version} now scores in the shadow of the champion ({pointer.sha256[:12]}). "
            "Nobody sees its scores. To compare: leadlight shadow --report."
        )
    elif off:
        unset_shadow(name, home)
        if as_json:
            print_json({"name": name, "alias": "shadow", "version": None})
            return
        click.echo(f"{name} has no challenger now. Its log stays in {home / 'shadow'}.")
    else:
        comparisons = compare_bundles(read_comparisons(home))
        if not comparisons:
            raise BundleError(
                f"shadow: nothing was logged yet in {home / 'shadow'}. "
                "Set a challenger (leadlight shadow VERSION) and let the service score."
            )
        versions = {version.sha256: version.version for version in list_registered_versions(home, name)}
        if as_json:
            print_json([comparison.summarize(name, versions) for comparison in comparisons])
            return
        for comparison in comparisons:
            for line in comparison.describe(name, versions):
                click.echo(line)
