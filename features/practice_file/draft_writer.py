"""How does a drafted practice.toml look? Settings to use at once, guesses and gaps as comments beside them.

Lives here: writing a draft as TOML that ``read_practice`` takes as it is, without overwriting what a person wrote.
Does not live here: what stands in the draft (``practice_draft``).

A line that begins with ``#`` and holds a setting waits for a person: mend it and take the ``#`` away.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from features.errors import PracticeError
from features.practice.practice import Practice
from features.practice_file.draft import Draft, DraftEntry, ColumnEntries

__all__ = ["format_toml", "write_draft"]

_MAX_LISTED = 150
_MAX_CO_OCCURRING = 12
_RULE = "# " + "-" * 100


def write_draft(draft: Draft, path: Path, force: bool = False) -> None:
    """Write the draft to ``path``.

    Raises
    ------
    PracticeError
        If a file stands there and ``force`` was not said: what a person corrected is never overwritten.
    """
    refuse_overwrite(path, force)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(format_toml(draft), encoding="utf-8")


def refuse_overwrite(path: Path, force: bool) -> None:
    """Raise PracticeError where a file stands that must not be overwritten."""
    if path.exists() and not force:
        raise PracticeError(
            f"init: {str(path)!r} is there already and may hold your corrections. "
            "Name another file with --out, or say --force to replace it."
        )


def format_toml(draft: Draft) -> str:
    """The draft as TOML."""
    parts = (
        _opening(draft),
        _practice(draft),
        _clinics(draft.clinics),
        _services(draft.services),
        _columns_without_settings(draft),
        _hints(draft),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _opening(draft: Draft) -> Iterator[str]:
    period = f", {draft.period[0]} to {draft.period[1]}" if draft.period else ""
    yield f"# What this practice offers, where, to whom. Drafted by `leadlight init` from {draft.leads:,} leads{period}."
    yield "# Every line is a guess: please correct it by hand. It can be used as it is, and it is worth more with every line you mend."
    yield '#   - A line such as  # postal_code = "..."  waits for you: put the right value in and take the "# " in front away.'
    yield "#   - also_called: every way in which people write or say it."
    yield '#     A line such as  # "words",  # 12, perhaps  is not in use until you take its first # away.'
    yield "#   - Figures behind a # are leads, and how many in 100 of those with a known end booked."
    yield "# Only wordings that at least ten leads share stand here. Check it at any time: a wrong line is named when it is read."
    yield ""


def _practice(draft: Draft) -> Iterator[str]:
    usual = Practice()
    yield "[practice]"
    yield '# name = "..."  # FILL IN: the name of the practice'
    zone, why = (
        (draft.zone.value, draft.zone.evidence)
        if draft.zone
        else (usual.timezone, "FILL IN: no ZIP codes to guess from")
    )
    yield f"# timezone = {_quote(zone)}  # {why}; without this line {usual.timezone}"
    hours, why = (
        (draft.hours.value, draft.hours.evidence)
        if draft.hours
        else (list(usual.opening_hours), "FILL IN: nothing to guess from")
    )
    yield f"# opening_hours = {_quote_all(hours)}  # {why}; without this line {', '.join(usual.opening_hours)}"
    yield '# label = "booked"  # what counts as a success: "booked", "attended" or "treated"'
    yield f"# horizon_days = {usual.horizon_days}  # a lead counts when that happens within so many days"
    yield f"# response_target_minutes = {usual.response_target_minutes}  # how soon a new lead should be called"
    yield f"# emergency_sentence = {_quote(usual.emergency_sentence)}  # what the desk reads out when a message sounds like an emergency"
    yield '# phrases = "phrases.toml"  # phrases of your own, in a file beside this one:  [groups.appointment]  phrases = ["get on the books"]'
    yield ""


def _clinics(words: ColumnEntries) -> Iterator[str]:
    yield from _title(f"Clinics: {_describe_count(words, 'clinic asked for')}")
    for entry in words.entries:
        yield "[[clinics]]"
        yield f"name = {_quote(entry.cluster.name)}  # {_describe_entry(entry)}"
        codes = list(entry.co_occurring.get("postal_code", {}).items())[:3]
        near = (
            "; most of the leads who asked for it live in " + ", ".join(f"{code} ({count})" for code, count in codes)
            if codes
            else ""
        )
        yield f'# postal_code = "....."  # FILL IN: the ZIP code of the clinic itself{near}'
        yield from _also_called(entry, words)
        yield "# radius_km = 40.0  # from how far patients come"
        offered = list(entry.co_occurring.get("services", {}))[:_MAX_CO_OCCURRING]
        yield f"# services = {_quote_all(offered)}  # FILL IN what is offered here; leave it out where everything is. These were asked for here"
        yield ""
    if not words.entries:
        yield from (
            "# [[clinics]]",
            '# name = "..."  # FILL IN: one such part for each clinic',
            '# postal_code = "....."',
            "# radius_km = 40.0",
            "",
        )
    yield from _unassigned(words, "clinic")


def _services(words: ColumnEntries) -> Iterator[str]:
    yield from _title(f"Services: {_describe_count(words, 'service asked for')}")
    for entry in words.entries:
        yield "[[services]]"
        yield f"name = {_quote(entry.cluster.name)}  # {_describe_entry(entry)}"
        yield from _also_called(entry, words)
        payers = list(entry.co_occurring.get("payers", {}))[:_MAX_CO_OCCURRING]
        yield f"# payers = {_quote_all(payers)}  # FILL IN who is accepted; leave it out where everybody is. These were named by its leads"
        yield "# ages = [18, 120]  # FILL IN where it is not for every age"
        yield "# referral_required = true  # where one is needed"
        yield "# value = 500.0  # what one booking is worth"
        yield ""
    if not words.entries:
        yield from (
            "# [[services]]",
            '# name = "..."  # FILL IN: one such part for each service',
            "# also_called = []",
            "",
        )
    yield from _unassigned(words, "service")


def _columns_without_settings(draft: Draft) -> Iterator[str]:
    """Payers, channels and campaigns: nothing to set, good to know."""
    for title, words, what in (
        ("Payers, as named by leads (copy the names into payers above)", draft.payers, "payer"),
        ("Channels", draft.channels, "channel"),
        ("Campaigns", draft.campaigns, "campaign"),
    ):
        yield from _title(f"{title}: {_describe_count(words, what)}")
        for entry in words.entries[:_MAX_LISTED]:
            others = [spelling for spelling in entry.cluster.spellings if spelling != entry.cluster.name]
            yield f"#   {_quote(entry.cluster.name)}: {_describe_entry(entry)}{f'; also written {_quote_all(others)[1:-1]}' if others else ''}"
        yield ""


def _hints(draft: Draft) -> Iterator[str]:
    yield from _title(
        "What people write when they name none of the services above (people who wrote it); where it means one, add it to also_called"
    )
    for phrase, people in draft.phrases:
        yield f"#   {_quote(phrase)} ({people:,})"
    if not draft.phrases:
        yield "#   Nothing: the leads carry no messages, or no phrase that ten people share."


def _unassigned(words: ColumnEntries, what: str) -> Iterator[str]:
    """Wordings that a person has to place."""
    alone = [entry for entry in words.unassigned if not entry.possible_entry]
    if not alone:
        return
    yield f"# Not placed: rarer wordings for a {what}. Add each to also_called of the {what} it means, give it a part of its own,"
    yield "# or leave it here if you do not offer it."
    for entry in alone[:_MAX_LISTED]:
        yield f"#   {_quote_all(entry.cluster.spellings)[1:-1]}  # {_describe_entry(entry)}"
    if len(alone) > _MAX_LISTED:
        yield f"#   and {len(alone) - _MAX_LISTED:,} more, each rarer than these."
    yield ""


def _also_called(entry: DraftEntry, words: ColumnEntries) -> Iterator[str]:
    """The other spellings, each with its leads; behind a #, wordings that may mean this one."""
    seen = {entry.cluster.name.casefold()}
    others = [
        (spelling, count)
        for spelling, count in entry.cluster.spellings.items()
        if not (spelling.casefold() in seen or seen.add(spelling.casefold()))
    ]
    perhaps = [
        (spelling, count)
        for one in words.unassigned
        if one.possible_entry == entry.cluster.name
        for spelling, count in one.cluster.spellings.items()
    ]
    yield "also_called = ["
    yield from (f"  {_quote(spelling)},  # {count:,}" for spelling, count in others)
    yield from (f"  # {_quote(spelling)},  # {count:,}, perhaps" for spelling, count in perhaps)
    yield "]"


def _describe_count(words: ColumnEntries, what: str) -> str:
    """How many leads said something, and what is not shown of it."""
    if not words.lead_count:
        return f"no lead names a {what}"
    left = (
        f"; left out, because fewer than ten leads share them or they look personal: "
        f"{words.dropped_values:,} different values of {words.dropped_leads:,} leads"
        if words.dropped_values
        else ""
    )
    return f"{words.lead_count:,} leads name a {what}{left}"


def _describe_entry(entry: DraftEntry) -> str:
    """Leads, and how many in 100 booked."""
    booked = f", {100 * entry.booking_rate:.0f} in 100 booked" if entry.booking_rate == entry.booking_rate else ""
    return f"{entry.cluster.leads:,} {'lead' if entry.cluster.leads == 1 else 'leads'}{booked}"


def _title(words: str) -> Iterator[str]:
    yield from (_RULE, f"# {words}", _RULE)


def _quote(text: str) -> str:
    """A TOML text; what JSON writes is TOML too, for text without control characters."""
    return json.dumps(text, ensure_ascii=False)


def _quote_all(texts: Iterable[str]) -> str:
    """A TOML list on one line."""
    return "[" + ", ".join(map(_quote, texts)) + "]"
