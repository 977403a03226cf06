"""Which hooks can be called, and by what: a key of their own or a signature? What ``leadlight doctor`` says about them.

Does not live here: keys and secrets of hooks (``serving.http.hook_keys``), other checks (``installation_checks``).
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from features.errors import LeadlightError
from serving.crm_settings import CrmSettings
from serving.diagnostics.model_checks import Finding
from serving.errors import KeyFileError
from serving.http.hook_keys import list_hook_states

__all__ = ["check_hooks"]


def check_hooks(home: Path, now: datetime) -> Iterable[Finding]:
    """Say which hooks have keys of their own and which are signed; look for keys and secrets that cannot work."""
    try:
        states = list_hook_states(CrmSettings.from_environment(), home, now)
    except KeyFileError:
        # Reported by the check of the keys.
        return
    except LeadlightError as fault:
        yield Finding("fix", str(fault))
        return
    for state in states:
        if state.fault:
            yield Finding(
                "fix",
                f"the hook {state.hook} refuses every call: {state.fault} "
                f"Set it again: leadlight hook add {state.hook} --signed.",
            )
        elif state.has_useless_keys:
            yield Finding(
                "note",
                f"Key {state.keys[0]} of the hook {state.hook} opens nothing, because {state.hook} signs its calls. "
                f"Revoke it: leadlight key revoke {state.keys[0]}.",
            )
    with_key = ", ".join(state.hook for state in states if state.keys and not state.has_useless_keys) or "none"
    signed = ", ".join(state.hook for state in states if state.is_signed and not state.fault) or "none"
    yield Finding("ok", f"Hooks with a key of their own: {with_key}; signed: {signed}.")
