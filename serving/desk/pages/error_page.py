"""What does a person read where a program would read an error in JSON? One page in words, whatever went wrong.

Lives here: the words for errors that no page of the desk answers, such as an unknown address. Does not live here: what
a page refuses itself (``serving.desk.routes``), who counts as a person (``serving.http.middleware``).
"""

import re

from serving.desk.pages.templates import render_template
from serving.desk.translation.translator import LANGUAGES
from serving.errors import RequestError

__all__ = ["choose_language", "render_error_page"]

_NOT_FOUND = (
    404,
    "Page not found",
    "There is no page at this address. Look for a typing error, or go to the call list.",
)
# 401 says the same: without a key nobody learns which addresses of programs exist.
_TEXTS = {
    401: _NOT_FOUND,
    404: _NOT_FOUND,
    405: (405, "Page not found", "This address cannot be opened like a page. Go to the call list."),
    408: (408, "That took too long", "The connection was too slow. Nothing was saved. Go back and try again."),
    413: (413, "That is too much", "What you sent is too long. Nothing was saved. Go back and make it shorter."),
    429: (429, "Too many requests", "Too much was asked for at once. Wait a few seconds, then load the page again."),
    500: (500, "Something went wrong", "That is our fault, not yours. Nothing was saved. Go back and try again."),
    503: (503, "Back in a moment", "Leadlight is starting or stopping. Load the page again in a few seconds."),
}
_WEIGHT = re.compile(r"[01](?:\.[0-9]{0,3})?")
"""As RFC 9110 writes it; str.isdigit takes a superscript, of which float makes an error."""
_ANY_OTHER = "This could not be done", "Leadlight could not read what the browser sent. Go back and try again."


def render_error_page(error: RequestError, request_id: str, accept_language: str = "") -> tuple[int, str]:
    """Render an error for a person; returns the status of the answer and the page.

    Parameters
    ----------
    request_id : str
        What a report of the error should name; shown where the fault is ours.
    accept_language : str
        The header of the browser: who is signed in is not asked here, because the store may be what failed.

    >>> status, page = render_error_page(RequestError(401, "no_key", "This address needs a key."), "7f3a")
    >>> status, "There is no page at this address" in page, "7f3a" in page
    (404, True, False)
    """
    status, title, text = _TEXTS.get(error.status, (error.status, *_ANY_OTHER))
    page = render_template(
        "error.html",
        None,
        None,
        title=title,
        text=text,
        request_id=request_id if status == 500 else "",
        language=choose_language(accept_language),
    )
    return status, page


def choose_language(accept_language: str) -> str:
    """Choose the language that a browser asks for first, of those that we have; English for none.

    >>> choose_language("es-MX,es;q=0.9,en;q=0.8"), choose_language("fr, es;q=0.5"), choose_language("")
    ('es', 'es', 'en')
    """
    weighed: list[tuple[float, int, str]] = []
    for part in accept_language.split(","):
        tag, _, parameters = part.strip().partition(";")
        weight = parameters.strip().removeprefix("q=") if parameters else "1"
        code = tag.partition("-")[0].strip().lower()
        if code in LANGUAGES and _WEIGHT.fullmatch(weight):
            weighed.append((-float(weight), len(weighed), code))
    return min(weighed)[2] if weighed else "en"
