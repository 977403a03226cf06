"""Which channel, or which kind of event, does this spelling mean? `Web Form`, `web-form` and `WEBFORM` are `web_form`.

Lives here: the spellings and synonyms under which CRMs write our channels and kinds of events.
Does not live here: what a channel says about a lead (``signals``); sources and campaigns, which stay as they are.
"""

import re
from functools import lru_cache

__all__ = ["normalize_channel", "normalize_event_kind"]

_CHANNELS = {
    "web_form": "web form|website form|online form|contact form|contact us form|form|formulario de contacto|"
    "formulario en linea|formulario de cita|form submission|form fill|form submit|webform|"
    "web form submission|website contact form|formulario web|formulario",
    "inbound_call": "inbound call|incoming call|inbound phone call|phone call|call|phone|telephone|telephone call|"
    "call in|phone in|inbound phone|llamada|llamada entrante|llamada telefonica|telefono|por telefono",
    "missed_call": "missed call|missed inbound call|abandoned call|unanswered call|llamada perdida",
    "chat": "chat|chat en vivo|chat en linea|live chat|web chat|website chat|chat bot|online chat|livechat|"
    "webchat|chatbot",
    "referral": "referral|referrals|referred|physician referral|doctor referral|provider referral|"
    "referral physician|referral doctor|referral provider|referral md|medical referral|referido|"
    "referencia|referido por medico|referencia medica|derivacion medica",
    "email": "email|e mail|inbound email|incoming email|email inquiry|email enquiry|correo|correo electronico",
    "social_ad": "social ad|social ads|paid social|social media ad|social media ads|facebook lead ad|"
    "facebook lead ads|facebook ad|facebook ads|instagram ad|instagram ads|fb ad|fb ads|meta ads|"
    "tiktok ad|tiktok ads|ad social|ads social|social advertising|anuncio en facebook|"
    "anuncio de facebook|anuncio de instagram|anuncio en instagram|anuncio en redes sociales|"
    "publicidad en redes sociales",
    "directory": "directory|online directory|provider directory|directory listing|doctor directory|directorio|"
    "directorio medico|directorio en linea",
}
_EVENTS = {
    "page_view": "page view|page viewed|pageview|page visit|website visit|visited page|web visit",
    "form_submit": "form submit|form submission|form submitted|form fill|submitted form|form completed|web form",
    "inbound_call": "inbound call|incoming call|call in|call inbound|call received|received call|inbound phone call|"
    "call incoming",
    "missed_call": "missed call|call missed|abandoned call|unanswered call|inbound call missed",
    "outbound_call": "outbound call|outgoing call|call out|call outbound|call made|outbound phone call|call outgoing|"
    "dial",
    "voicemail": "voicemail|voice mail|vm|left voicemail|left vm|voicemail left",
    "sms_in": "sms in|sms inbound|inbound sms|incoming sms|sms received|text in|inbound text|text received|"
    "received sms|incoming text|text message received|inbound text message",
    "sms_out": "sms out|sms outbound|outbound sms|outgoing sms|sms sent|text out|outbound text|text sent|sent sms|"
    "outgoing text|text message sent|outbound text message",
    "email_in": "email in|e mail in|email inbound|inbound email|incoming email|email received|received email|"
    "email reply|email replied",
    "email_out": "email out|e mail out|email outbound|outbound email|outgoing email|email sent|sent email",
    "email_open": "email open|e mail open|email opened|opened email|e mail opened",
    "email_click": "email click|e mail click|email clicked|clicked email|email link clicked|e mail clicked",
    "chat": "chat|live chat|web chat|chat message|livechat|webchat|chat started",
    "verification": "verification|verified|verify|insurance verification|eligibility verification",
}

_CHANNEL_WORDS = {
    **dict.fromkeys("form forms webform formular formulario formulaire modulo formulier".split(), "web_form"),
    **dict.fromkeys("chat livechat webchat chatbot chats".split(), "chat"),
    **dict.fromkeys("call calls phone telephone phonecall llamada anruf appel".split(), "inbound_call"),
    **dict.fromkeys("referral referrals referred referring uberweisung".split(), "referral"),
    **dict.fromkeys("email emails mail correo".split(), "email"),
}
_FILLERS = frozenset(
    """website web online site page our the a from via through by on of in inbound incoming live contact us new
    submission submissions submitted request widget button box entry landing customer patient doctor physician
    provider received""".split()
)
"""Words beside a channel that say nothing else than where or how."""


def _index(names: dict[str, str]) -> dict[str, str]:
    """Return spelling without separators -> our name; a name is also one of its own spellings."""
    spellings = {also.replace(" ", ""): name for name, synonyms in names.items() for also in synonyms.split("|")}
    return spellings | {name.replace("_", ""): name for name in names}


_CHANNEL_BY_SPELLING, _EVENT_BY_SPELLING = _index(_CHANNELS), _index(_EVENTS)


@lru_cache(maxsize=4096)
def normalize_channel(text: str) -> str:
    """Return our name of a channel; the text itself where it is none of ours.

    >>> [normalize_channel(text) for text in ("Web Form", "WEBFORM", "Phone Call", "Referral - Physician", "Billboard")]
    ['web_form', 'web_form', 'inbound_call', 'referral', 'Billboard']
    """
    return _CHANNEL_BY_SPELLING.get(_fold(text)) or _find_channel_word(text) or text


@lru_cache(maxsize=4096)
def normalize_event_kind(text: str) -> str | None:
    """Return our name of a kind of event; None where it is none of ours.

    >>> [normalize_event_kind(text) for text in ("Page View", "SMS received", "call-outbound", "coffee")]
    ['page_view', 'sms_in', 'outbound_call', None]
    """
    return _EVENT_BY_SPELLING.get(_fold(text))


def _find_channel_word(text: str) -> str | None:
    """Return the channel that a text names with one word, if all its other words only say how or where.

    >>> (
    ...     _find_channel_word("Chat widget (website)"),
    ...     _find_channel_word("Cold call"),
    ...     _find_channel_word("Email campaign"),
    ... )
    ('chat', None, None)
    """
    tokens = re.findall(r"[^\W_]+", text.casefold())
    channels = {_CHANNEL_WORDS[word] for word in tokens if word in _CHANNEL_WORDS}
    others = [word for word in tokens if word not in _CHANNEL_WORDS and word not in _FILLERS]
    return channels.pop() if len(channels) == 1 and not others else None


def _fold(text: str) -> str:
    """Return the letters and digits of a text in lower case."""
    return re.sub(r"[\W_]+", "", text.casefold())
