"""Which words does a call, a text message or an email begin with? What ships, until a practice writes its own.

Lives here: the texts, and those that take their place after a possible emergency. Does not live here: a practice's own
ones (``serving.desk.desk_service``), filling them in (``serving.desk.pages.reach_links``).
"""

__all__ = ["EMERGENCY", "EMERGENCY_TEMPLATES", "TEMPLATES", "find_template_fault"]

EMERGENCY = "{emergency}"
"""Stands for the practice's emergency sentence."""

TEMPLATES = {
    "call_script": (
        "Hi {name}, this is {person} from {practice}. You asked us about {service}. "
        "Do you have two minutes to find a day that works for you?"
    ),
    "text_message": "Hi, this is {person} from {practice} about {service}. When is a good time to call you?",
    "email_message": (
        "Hi,\n\nThank you for asking {practice} about {service}. When is a good time to call you, and at which number?"
        "\n\n{person}\n{practice}"
    ),
    "emergency_script": (
        "Hi {name}, this is {person} from {practice}. I just read your message. {emergency} "
        "Otherwise, how can we help you right now?"
    ),
    "emergency_text": "{person} from {practice} here: we just read your message. {emergency} Otherwise, reply to us.",
    "emergency_email": (
        "{emergency}\n\nWe just read your message. If it is something else, reply with a number at which we can call "
        "you now.\n\n{person}\n{practice}"
    ),
}
"""Name of a text -> what it says where the practice has none of its own."""

EMERGENCY_TEMPLATES = {
    "call_script": "emergency_script",
    "text_message": "emergency_text",
    "email_message": "emergency_email",
}
"""Name of a text -> the one that takes its place where a message may tell of an emergency: nobody is asked for an
appointment then. Each holds ``{emergency}``, the practice's emergency sentence."""

_MAX_LENGTH = 1000


def find_template_fault(name: str, text: str) -> str:
    """Say what is wrong with a text that a practice writes; empty where nothing is.

    >>> find_template_fault("call_script", "Hi {name}"), find_template_fault("emergency_text", "We call you")
    ('', 'A text for a possible emergency needs {emergency}, which stands for your emergency sentence.')
    """
    if not text or len(text) > _MAX_LENGTH:
        return f"Type between 1 and {_MAX_LENGTH} characters."
    if name in EMERGENCY_TEMPLATES.values() and EMERGENCY not in text:
        return f"A text for a possible emergency needs {EMERGENCY}, which stands for your emergency sentence."
    return ""
