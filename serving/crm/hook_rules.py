"""What does a hook assume of what it is sent? A default channel and source, names of fields, and names of values.

Lives here: the rules of every hook that takes forms, calls and ads, and reading the practice's own file over them.
Does not live here: the layout of a product's body (``inbound.product_payloads``), mapping files of exports
(``features.mapping.column_mapping``), secrets (``serving.crm_settings``).
"""

import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from features.parsing.channel_names import normalize_channel
from features.schema import LEADS
from serving.errors import ServiceError

__all__ = ["CHANNELS", "FORM_HOOKS", "HOOKS", "HOOK_PATHS", "HookRules", "load_rules", "read_rules"]

FORM_HOOKS = ("gravityforms", "typeform", "facebook", "callrail", "whatconverts", "odoo", "frappe")
"""Hooks that send one whole inquiry at a time, and whose names the rules explain."""

HOOKS = ("hubspot", "salesforce", "dynamics", "generic", *FORM_HOOKS)
"""The name of every hook."""

HOOK_PATHS = ("/v1/hooks/hubspot/events", *(f"/v1/hooks/{hook}" for hook in HOOKS))
"""The path of every hook; HubSpot has two."""

CHANNELS = ("web_form", "inbound_call", "missed_call", "chat", "referral", "email", "social_ad", "directory")
"""The channels that a model tells apart by name."""

_NAMES = ("first_name", "last_name", "full_name")
_TARGETS = frozenset({*LEADS.by_name, *_NAMES} - {"lead_id"})
_MAX_BYTES = 256 * 1024
_KEYS = ("ids", "channel", "source", "fields", "drop", "values", "channels")


@dataclass(frozen=True)
class HookRules:
    """The rules of one hook.

    Parameters
    ----------
    ids : tuple of str
        Their names of the record's id, best first.
    channel, source : str or None
        What a body that names none came by.
    fields : dict
        Their name -> our column.
    drop : tuple of str
        Their names that never get in and are not reported.
    values : dict
        Our column -> their value, casefolded -> our value.
    channels : tuple of str
        Channels of the practice's own, beside ``CHANNELS``.
    """

    ids: tuple[str, ...] = ()
    channel: str | None = None
    source: str | None = None
    fields: Dictionary[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    values: Dictionary[str, Dictionary[str, str]] = field(default_factory=dict)
    channels: tuple[str, ...] = ()

    def complete(self, payload: Dictionary[str, Any]) -> dict[str, Any]:
        """Return a lead with its values in our words, and the default channel and source where it names none.

        >>> HookRules(channel="web_form", values={"payer": {"self": "self_pay"}}).complete({"payer": "Self"})
        {'payer': 'self_pay', 'channel': 'web_form'}
        """
        completed = dict(payload)
        for column, translations in self.values.items():
            value = completed.get(column)
            if isinstance(value, str):
                completed[column] = translations.get(value.strip().casefold(), value)
        for column, default in (("channel", self.channel), ("source", self.source)):
            if default is not None and completed.get(column) in (None, ""):
                completed[column] = default
        return completed

    def describe_channel(self, channel: Any) -> str | None:
        """Return a sentence about a channel that is none of ours, None for one that is. It does not repeat the value,
        which may be what a person typed.

        >>> HookRules().describe_channel("Web Form")
        >>> HookRules().describe_channel("Billboard")[:45]
        'The channel sent is not one that is known by '
        """
        if channel in (None, "") or normalize_channel(str(channel)) in (*CHANNELS, *self.channels):
            return None
        return (
            f"The channel sent is not one that is known by name ({', '.join(CHANNELS)}); "
            "map its values in the hooks file, or list it there under channels."
        )


@cache
def load_rules() -> dict[str, HookRules]:
    """Return the rules that come with Leadlight: hook -> rules."""
    return _parse_rules(tomllib.loads(Path(__file__).with_name("hook_rules.toml").read_text(encoding="utf-8")), {})


def read_rules(path: str | Path) -> dict[str, HookRules]:
    """Read the practice's file over our rules: what it says of a hook is added, a default replaces ours.

    Raises
    ------
    ServiceError
        If the file cannot be read or says something that no hook knows.
    """
    try:
        content = Path(path).read_bytes()
        if len(content) > _MAX_BYTES:
            raise ServiceError(f"LEADLIGHT_HOOKS: the file is larger than {_MAX_BYTES // 1024} KB. Shorten it.")
        settings = tomllib.loads(content.decode("utf-8"))
    except OSError:
        raise ServiceError("LEADLIGHT_HOOKS names a file that cannot be read. Name a TOML file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ServiceError(f"LEADLIGHT_HOOKS: the file is not valid TOML ({fault}). Fix that line.") from None
    return _parse_rules(settings, load_rules())


def _parse_rules(settings: dict[str, Any], over: Dictionary[str, HookRules]) -> dict[str, HookRules]:
    """Parse the sections of a file, each over the rules that a hook already has."""
    rules = dict(over)
    for hook, section in settings.items():
        if over and hook not in over:
            raise _invalid(hook, "no such hook", "one of " + ", ".join(over))
        if not isinstance(section, dict) or not section.keys() <= set(_KEYS):
            raise _invalid(hook, "a key that is not known", "keys among " + ", ".join(_KEYS))
        rules[hook] = _extend(rules.get(hook, HookRules()), hook, section)
    return rules


def _extend(base: HookRules, hook: str, section: dict[str, Any]) -> HookRules:
    """Return rules with one section of a file over them."""
    lists = {name: section.get(name, []) for name in ("ids", "drop", "channels")}
    tables = {name: section.get(name, {}) for name in ("fields", "values")}
    for name, value in lists.items():
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise _invalid(f"{hook}.{name}", "another value", "a list of names")
    for name in ("channel", "source"):
        if not isinstance(section.get(name, ""), str):
            raise _invalid(f"{hook}.{name}", "another value", "a text")
    if not all(isinstance(value, dict) for value in (*tables.values(), *tables["values"].values())):
        raise _invalid(f"{hook}.fields or {hook}.values", "another value", "a table")
    targets = [*tables["fields"].values(), *tables["values"]]
    if unknown := [target for target in targets if target not in _TARGETS]:
        raise _invalid(f"{hook}", f"{str(unknown[0])[:40]!r} as a column", "one of " + ", ".join(sorted(_TARGETS)))
    values = {column: dict(translations) for column, translations in base.values.items()}
    for column, translations in tables["values"].items():
        if not all(isinstance(ours, str) for ours in translations.values()):
            raise _invalid(f"{hook}.values.{column}", "another value", "texts")
        values.setdefault(column, {}).update({theirs.strip().casefold(): ours for theirs, ours in translations.items()})
    return replace(
        base,
        ids=(*lists["ids"], *base.ids),
        channel=section.get("channel", base.channel),
        source=section.get("source", base.source),
        fields={**base.fields, **tables["fields"]},
        drop=(*(name for name in base.drop if name not in tables["fields"]), *lists["drop"]),
        values=values,
        channels=(*base.channels, *lists["channels"]),
    )


def _invalid(where: str, found: str, expected: str) -> ServiceError:
    return ServiceError(f"LEADLIGHT_HOOKS: {where[:60]} has {found}, expected {expected}.")
