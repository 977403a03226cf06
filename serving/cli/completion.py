"""``leadlight completion``: how does a shell complete commands, options and values?

Lives here: printing the script of a shell. Does not live here: what is completed (the commands themselves)."""

import click

__all__ = ["completion"]

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that completes commands, options and values in SHELL.

    \b
    bash   leadlight completion bash > ~/.local/share/bash-completion/completions/leadlight
    zsh    leadlight completion zsh > a folder of $fpath, named _leadlight
    fish   leadlight completion fish > ~/.config/fish/completions/leadlight.fish

    The shell asks leadlight itself at each tab, so the script stays right after an update."""
    from click.shell_completion import get_completion_class

    template = get_completion_class(shell)
    assert template is not None, "click knows every shell of SHELLS"
    # Not its source(): for bash that runs a shell to look at its version.
    script = template(context.find_root().command, {}, "leadlight", "_LEADLIGHT_COMPLETE")
    click.echo(script.source_template % script.source_vars())
