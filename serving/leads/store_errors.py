"""What does a caller hear when the store refuses or does not answer? Its errors as errors of a request.

Lives here: the translation. Does not live here: the errors (``serving.errors``), when the store raises them
(``serving.store``).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from serving.errors import IdConflict, RequestError, StoreConflict, StoreRefused, StoreUnavailable, UnknownLead

__all__ = ["translate_store_errors"]


@contextmanager
def translate_store_errors() -> Iterator[None]:
    """Turn the store's errors into the errors that every caller gets."""
    try:
        yield
    except UnknownLead as fault:
        raise RequestError(404, "unknown_lead", _sentence(fault)) from None
    except IdConflict as fault:
        raise RequestError(409, "id_conflict", _sentence(fault), fault.fields) from None
    except StoreConflict as fault:
        raise RequestError(422, "idempotency_conflict", _sentence(fault)) from None
    except StoreRefused as fault:
        raise RequestError(422, "invalid_value", _sentence(fault)) from None
    except StoreUnavailable as fault:
        raise RequestError(503, "store_unavailable", _sentence(fault), retryable=True) from None


def _sentence(fault: BaseException) -> str:
    """Return a store error's sentence without its prefix."""
    sentence = str(fault).removeprefix("store: ")
    return sentence[:1].upper() + sentence[1:]
