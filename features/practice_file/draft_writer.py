"""How does a drafted practice.toml look? Settings to use at once, guesses and gaps as comments beside them.

Lives here: writing a draft as TOML that ``read_practice`` can read, without overwriting what a person wrote.
Does not live here: the content of the draft (``draft``, ``hours_and_zone``).

A line that begins with ``#`` and holds a setting waits for a person to correct it and to remove the ``#``.
"""

import json
from collections.abc import Iterable, Iterator
from math import isnan
from pathlib import Path

from features.errors import PracticeError
from features.practice.practice import Practice
from features.practice_file.draft import ColumnEntries, Draft, DraftEntry
from features.practice_file.hours_and_zone import Guess

__all__ = ["format_toml", "write_draft"]

_MAX_LISTED = 150
_MAX_CO_OCCURRING = 12
_QUALIFYING_EXAMPLES = ("asks_for_appointment and payer_accepted", "channel = referral")

_RULE = "# " + "-" * 100


def write_draft(draft: Draft, path: Path, force: bool = False) -> None:
    """Write the draft to ``path``.

    Raises
    ------
    PracticeError
        If the file exists and ``force`` is False: what a person corrected is never overwritten.
    """
    refuse_overwrite(path, force)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(format_toml(draft), encoding="utf-8")


def refuse_overwrite(path: Path, force: bool) -> None:
    """Raise PracticeError if the file exists and must not be overwritten."""
    if path.exists() and not force:
        raise PracticeError(
            f"init: {str(path)!r} already exists and may hold your corrections. "
            "Name another file with --out, or give --force to replace it."
        )


def format_toml(draft: Draft) -> str:
    """Format the draft as TOML."""
    parts = (
        _opening(draft),
        _practice(draft),
        _clinics(draft.clinics),
        _services(draft.services),
        _qualified(),
        _columns_without_settings(draft),
        _hints(draft),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _opening(draft: Draft) -> Iterator[str]:
    period = f", {draft.period[0]} to {draft.period[1]}" if draft.period else ""
    yield "# What this practice offers, where, to whom."
    yield f"# Drafted by `leadlight init` from {draft.leads:,} leads{period}."
    yield "# Every line is a guess: please correct it by hand. It can be used as it is; each corrected line helps."
    yield '#   - A line such as  # postal_code = "..."  waits for you: put in the right value and remove the "# ".'
    yield "#   - also_called: every way in which people write or say it."
    yield '#     A line such as  # "words",  # 12, perhaps  is not in use until you remove its first #.'
    yield "#   - Figures behind a # are leads, and how many in 100 of those with a known outcome booked."
    yield "# Only values that at least ten leads share are listed. A wrong line is named when the file is read."
    yield ""


def _practice(draft: Draft) -> Iterator[str]:
    usual = Practice()
    zone = draft.zone or Guess(usual.timezone, "FILL IN: no ZIP codes to guess from")
    hours = draft.hours or Guess(list(usual.opening_hours), "FILL IN: nothing to guess from")
    usual_hours = ", ".join(usual.opening_hours)
    yield "[practice]"
    yield '# name = "..."  # FILL IN: the name of the practice'
    yield f"# timezone = {_quote(zone.value)}  # {zone.evidence}; without this line {usual.timezone}"
    yield f"# opening_hours = {_quote_all(hours.value)}  # {hours.evidence}; without this line {usual_hours}"
    yield f'# locale = "{usual.locale}"  # how times, distances and phone numbers are written; en-GB and others too'
    yield '# label = "booked"  # what counts as a success: "booked", "attended" or "treated"'
    yield f"# horizon_days = {usual.horizon_days}  # a lead counts when that happens within so many days"
    yield f"# response_target_minutes = {usual.response_target_minutes}  # how soon a new lead should be called"
    yield "# monthly_booking_goal = 120  # bookings a month; the insights say whether the goal holds"
    yield "# What the desk reads out when a message sounds like an emergency:"
    yield f"# emergency_sentence = {_quote(usual.emergency_sentence)}"
    yield '# Your own phrases, in a file beside this one, such as  [groups.appointment]  phrases = ["get on the books"]'
    yield '# phrases = "phrases.toml"'
    yield ""


def _clinics(column: ColumnEntries) -> Iterator[str]:
    yield from _title(f"Clinics: {_describe_count(column, 'clinic asked for')}")
    for entry in column.entries:
        yield "[[clinics]]"
        yield f"name = {_quote(entry.cluster.name)}  # {_describe_entry(entry)}"
        codes = [f"{code} ({count})" for code, count in entry.co_occurring.get("postal_code", {}).items()][:3]
        near = f"; most of the leads who asked for it live in {', '.join(codes)}" if codes else ""
        yield f'# postal_code = "....."  # FILL IN: the ZIP code of the clinic itself{near}'
        yield from _also_called(entry, column)
        yield "# radius_km = 40.0  # from how far patients come"
        services = list(entry.co_occurring.get("services", {}))[:_MAX_CO_OCCURRING]
        yield "# FILL IN what is offered here; leave it out where everything is. These were asked for here:"
        yield f"# services = {_quote_all(services)}"
        yield ""
    if not column.entries:
        yield "# [[clinics]]"
        yield '# name = "..."  # FILL IN: one such part for each clinic'
        yield '# postal_code = "....."'
        yield "# radius_km = 40.0"
        yield ""
    yield from _unassigned_entries(column, "clinic")


def _services(column: ColumnEntries) -> Iterator[str]:
    yield from _title(f"Services: {_describe_count(column, 'service asked for')}")
    for entry in column.entries:
        yield "[[services]]"
        yield f"name = {_quote(entry.cluster.name)}  # {_describe_entry(entry)}"
        yield from _also_called(entry, column)
        payers = list(entry.co_occurring.get("payers", {}))[:_MAX_CO_OCCURRING]
        yield "# FILL IN who is accepted; leave it out where everybody is. These were named by its leads:"
        yield f"# payers = {_quote_all(payers)}"
        yield "# ages = [18, 120]  # FILL IN where it is not for every age"
        yield "# referral_required = true  # where one is needed"
        yield "# value = 500.0  # what one booking is worth"
        yield ""
    if not column.entries:
        yield "# [[services]]"
        yield '# name = "..."  # FILL IN: one such part for each service'
        yield "# also_called = []"
        yield ""
    yield from _unassigned_entries(column, "service")


def _qualified() -> Iterator[str]:
    """Write how to say which leads marketing calls qualified; nothing of it is a guess, so nothing is in use."""
    yield from _title(
        "Which leads your marketing calls qualified: a lead that fits any line is.",
        "The insights say whether the rule is any good; it never enters the score. Take the # off both lines.",
    )
    for line in _QUALIFYING_EXAMPLES:
        yield "#   [[qualified]]"
        yield f"#   when = {_quote(line)}"
    yield ""


def _columns_without_settings(draft: Draft) -> Iterator[str]:
    """Write payers, channels and campaigns: nothing to set, good to know."""
    for title, column, noun in (
        ("Payers, as named by leads (copy the names into payers above)", draft.payers, "payer"),
        ("Channels", draft.channels, "channel"),
        ("Campaigns", draft.campaigns, "campaign"),
    ):
        yield from _title(f"{title}: {_describe_count(column, noun)}")
        for entry in column.entries[:_MAX_LISTED]:
            others = [spelling for spelling in entry.cluster.spellings if spelling != entry.cluster.name]
            also = f"; also written {_quote_all(others)[1:-1]}" if others else ""
            yield f"#   {_quote(entry.cluster.name)}: {_describe_entry(entry)}{also}"
        yield ""


def _hints(draft: Draft) -> Iterator[str]:
    yield from _title(
        "What people write when they name none of the services above (people who wrote it)",
        "Where it means one of them, add it to also_called.",
    )
    for phrase, people in draft.phrases:
        yield f"#   {_quote(phrase)} ({people:,})"
    if not draft.phrases:
        yield "#   Nothing: the leads carry no messages, or no phrase that ten people share."


def _unassigned_entries(column: ColumnEntries, noun: str) -> Iterator[str]:
    """Write the values that a person has to assign."""
    entries = [entry for entry in column.unassigned if not entry.possible_entry]
    if not entries:
        return
    yield f"# Not assigned: rarer values for a {noun}. Add each to also_called of the {noun} it means, give it"
    yield "# a part of its own, or leave it here if you do not offer it."
    for entry in entries[:_MAX_LISTED]:
        yield f"#   {_quote_all(entry.cluster.spellings)[1:-1]}  # {_describe_entry(entry)}"
    if len(entries) > _MAX_LISTED:
        yield f"#   and {len(entries) - _MAX_LISTED:,} more, each rarer than these."
    yield ""


def _also_called(entry: DraftEntry, column: ColumnEntries) -> Iterator[str]:
    """Write the other spellings, each with its leads; behind a #, values that may mean this entry."""
    yield "also_called = ["
    # Spellings that differ in case only are one: practice.toml compares names without case.
    folded = {entry.cluster.name.casefold()}
    for spelling, count in entry.cluster.spellings.items():
        if spelling.casefold() not in folded:
            folded.add(spelling.casefold())
            yield f"  {_quote(spelling)},  # {count:,}"
    for other in column.unassigned:
        if other.possible_entry == entry.cluster.name:
            for spelling, count in other.cluster.spellings.items():
                yield f"  # {_quote(spelling)},  # {count:,}, perhaps"
    yield "]"


def _describe_count(column: ColumnEntries, noun: str) -> str:
    """Return how many leads have a value, and how many values are not shown."""
    if not column.lead_count:
        return f"no lead names a {noun}"
    sentence = f"{column.lead_count:,} leads name a {noun}"
    if not column.dropped_values:
        return sentence
    return (
        f"{sentence}; left out, because fewer than ten leads share them or they look personal: "
        f"{column.dropped_values:,} different values of {column.dropped_leads:,} leads"
    )


def _describe_entry(entry: DraftEntry) -> str:
    """Return how many leads an entry has, and how many in 100 booked."""
    booked = "" if isnan(entry.booking_rate) else f", {100 * entry.booking_rate:.0f} in 100 booked"
    return f"{entry.cluster.leads:,} {'lead' if entry.cluster.leads == 1 else 'leads'}{booked}"


def _title(*lines: str) -> Iterator[str]:
    yield from (_RULE, *(f"# {line}" for line in lines), _RULE)


def _quote(text: str) -> str:
    """Return a TOML text; what JSON writes is TOML too, for text without control characters."""
    return json.dumps(text, ensure_ascii=False)


def _quote_all(texts: Iterable[str]) -> str:
    """Return a TOML list on one line."""
    return "[" + ", ".join(map(_quote, texts)) + "]"
