"""With what does a command end? One table of exit codes, for whoever starts commands from a script or a scheduler.

Lives here: code, meaning and commands, and the table of serving/README.md. Does not live here: which error has which
code (``features.errors``, ``training.errors``, ``serving.errors``), ending (``main``)."""

__all__ = ["EXIT_CODES", "render_exit_codes"]

EXIT_CODES = {
    0: ("done, nothing to look at", "all"),
    1: (
        "the machine, the store or the service is at fault: a full disk, a locked database, no such lead or user, "
        "something for doctor to fix, a receipt that differs",
        "all",
    ),
    2: (
        "what was given cannot be used: an option, a file, a table, a mapping, practice.toml, a setting, a key",
        "all",
    ),
    3: (
        "no model can be learned from the data (no label, one class, too few leads), or no such version is registered",
        "train, retrain, ablate, learning-curve, check, promote",
    ),
    4: ("a model is missing, damaged or not ours", "every command that reads one"),
    5: ("a proof fails", "verify"),
    6: ("the promotion contract fails or was not evaluated; the champion stays", "train, promote, retrain, rollback"),
    7: ("drift: the newest leads are not those it learned from", "monitor"),
    8: ("a source went silent", "insights"),
    9: ("figures are missing or wrong because of the data", "insights"),
    10: ("the figures are not those of the receipt", "insights --like"),
    130: ("interrupted: Ctrl-C, or no to a question", "all"),
}
"""Code -> what it means, and which commands end with it."""


def render_exit_codes() -> str:
    """Render the table of serving/README.md."""
    rows = [f"| {code} | {meaning} | {commands} |" for code, (meaning, commands) in EXIT_CODES.items()]
    return "\n".join(["| exit code | meaning | of |", "| --- | --- | --- |", *rows])
