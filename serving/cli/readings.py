"""``leadlight readings``: which readings did people call wrong, and what would the reader learn from it?

Lives here: options and output. Does not live here: the reports (``serving.desk.message_label_reports``), what they
teach (``serving.desk.message_label_words``, ``serving.desk.message_label_offsets``). No message is printed.
"""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.option_groups import json_option, print_json
from serving.cli.open_store import open_store

if TYPE_CHECKING:
    from serving.desk.message_label_offsets import LabelOffset
    from serving.desk.message_label_words import TaughtWords
    from serving.store.store import Store


__all__ = ["readings"]

_MOST_MESSAGES = 20_000
"""Messages of the store that count as read rightly, at most."""


@click.group("readings")
def readings() -> None:
    """Show which readings people called wrong, and learn from those that a manager approved."""


@readings.command("list")
@json_option
def list_reports(as_json: bool) -> None:
    """Count the reports by label and verdict."""

    from serving.desk.message_label_reports import list_reading_reports

    with open_store() as store:
        reports = list_reading_reports(store)
    counts = Counter((str(report.step.detail["label"]), report.verdict or "waiting") for report in reports)
    if as_json:
        names = ("label", "verdict", "reports")
        print_json([dict(zip(names, (*pair, count), strict=True)) for pair, count in sorted(counts.items())])
        return
    for (label, verdict), count in sorted(counts.items()):
        click.echo(f"{label:<20} {verdict:<10} {count:>5,}")
    click.echo(f"{len(reports):,} reports; managers approve or reject them on the page /readings.", err=True)


@readings.command("fit")
@click.option("--practice", "practice_file", type=click.Path(path_type=Path), help="practice.toml, with its phrases.")
@click.option("--write", is_flag=True, help="Write the lines that help into the phrase file that practice.toml names.")
@json_option
def fit(practice_file: Path | None, write: bool, as_json: bool) -> None:
    """Fit what approved examples teach, and show the F1 of each label before and after.

    First the weights of single words, near those that ship; they are taken where messages that they were not fitted to
    are read better by more than chance. For other labels one number for the whole label. What helps is printed for the
    practice's phrase file, or written into it with --write. Then `leadlight retrain --practice practice.toml` trains
    with it. Every message without a report counts as it is read.
    """

    from features.point_in_time.context import Context
    from features.practice_file.practice_toml import read_practice
    from serving.desk.message_label_offsets import MIN_EXAMPLES, fit_offsets
    from serving.desk.message_label_reports import list_approved_examples
    from serving.desk.message_label_words import fit_label_words

    if write and practice_file is None:
        raise click.UsageError("readings fit: --write needs --practice, whose phrase file is written.")
    reader = Context(read_practice(practice_file)).reader
    with open_store() as store:
        examples = list_approved_examples(store)
        messages = _list_messages(store, {example.message for example in examples})
    taught = fit_label_words(reader, examples, messages)
    words = {label.label: label.words for label in taught if label.helps}
    # Read by what is kept: the words of a label that is fitted anew take the place of its old ones.
    rest = [example for example in examples if example.label not in words]
    kept = {label: text for label, text in reader.label_words.items() if label not in words}
    offsets = fit_offsets(reader.with_label_words(kept | words), rest, messages)
    helpful = {offset.label: offset.offset for offset in offsets if offset.helps}
    if as_json:
        written = None
        if write and practice_file is not None and (words or helpful):
            written = _write(practice_file, words, helpful)
        print_json({"examples": len(examples), "words": taught, "labels": offsets, "written": written})
        return
    for line in (*map(_format_words, taught), *map(_format_offset, offsets)):
        click.echo(line, err=True)
    if not words and not helpful:
        click.echo(
            f"{len(examples):,} approved examples, and no label that they would help; a label needs {MIN_EXAMPLES}.",
            err=True,
        )
    elif write and practice_file is not None:
        path = _write(practice_file, words, helpful)
        click.echo(f"Written to {path}. Next: leadlight retrain --practice {practice_file}", err=True)
    else:
        _print(words, helpful)


def _write(practice_file: Path, words: dict[str, str], offsets: dict[str, float]) -> Path | None:
    """Write what helps into the practice's phrase file, and return that file."""
    from features.practice_file.label_offsets import write_label_offsets, write_label_words

    path = write_label_words(practice_file, words) if words else None
    return write_label_offsets(practice_file, offsets) if offsets else path


def _print(words: dict[str, str], offsets: dict[str, float]) -> None:
    """Print what helps as the sections of a phrase file."""
    if words:
        click.echo("[label_words]")
    for label, text in words.items():
        click.echo(f'{label} = "{text}"')
    if offsets:
        click.echo("[labels]")
    for label, offset in offsets.items():
        click.echo(f"{label} = {offset:.2f}")


def _list_messages(store: "Store", reported: set[str]) -> list[str]:
    """List the messages of the store that nobody reported."""
    messages: list[str] = []
    last: str | None = None
    with store.reading() as transaction:
        while len(messages) < _MOST_MESSAGES and (page := transaction.leads.list_page(last)):
            last = page[-1].lead_id
            texts = [lead.values.get("message") for lead in page]
            messages += [text for text in texts if isinstance(text, str) and text.strip() and text not in reported]
    return messages[:_MOST_MESSAGES]


def _format_offset(offset: "LabelOffset") -> str:
    """Format what was learned of one label."""
    verdict = "helps" if offset.helps else "does not help"
    return (
        f"{offset.label:<20} {offset.examples:>4,} examples  offset {offset.offset:+.2f}  "
        f"F1 {offset.f1_before:.3f} -> {offset.f1_after:.3f}, {verdict}"
    )


def _format_words(words: "TaughtWords") -> str:
    """Format what was learned of one label's words."""
    verdict = "helps" if words.helps else "does not help"
    return (
        f"{words.label:<20} {words.examples:>4,} examples  words         "
        f"F1 {words.f1_before:.3f} -> {words.f1_after:.3f}, log loss {-words.gain:+.1f} (standard error "
        f"{words.gain_error:.1f}), {verdict}"
    )
