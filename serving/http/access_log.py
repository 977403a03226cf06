"""What does the service write to its log? One JSON object per line: ids, fixed words and numbers, never what a person
wrote.

Lives here: the format of a line, the line of a request, the setup of the loggers. Does not live here: counts
(``request_metrics``), records of scores (``serving.scoring.answers.receipts``)."""

import json
import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

__all__ = ["JsonLineFormatter", "RequestRecord", "configure_json_logging", "log_request"]

_access = logging.getLogger("leadlight.access")

_PROBES = frozenset({"/livez", "/healthz", "/readyz"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_SILENCED = ("bentoml.access", "uvicorn.access")
"""Loggers that would write paths, which hold lead ids."""


class JsonLineFormatter(logging.Formatter):
    """Formats a record as one line of JSON. Of an exception only the type is logged: its text may hold what a person
    wrote.

    >>> record = logging.LogRecord("leadlight.http", logging.INFO, "", 0, "model %s loaded", ("3",), None)
    >>> json.loads(JsonLineFormatter().format(record))["message"]
    'model 3 loaded'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without the newline."""
        fields: dict[str, Any] = {
            "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            fields["exception"] = record.exc_info[0].__name__
        return json.dumps(
            fields | getattr(record, "leadlight_fields", {}),
            ensure_ascii=False,
            default=lambda value: type(value).__name__,
        )


@dataclass(frozen=True)
class RequestRecord:
    """One request that was answered.

    Parameters
    ----------
    request_id : str
        Ours: the caller's own may be a person's name or number, and is not logged.
    method : str
        A standard HTTP method is logged as it is, any other as "other".
    address : str
        The route's template, without a lead's id.
    status : int
    seconds : float
    key : str
        The prefix of the caller's key, or a word for callers without one.
    role : str
    code : str or None
        The error code, where the request was refused.
    """

    request_id: str
    method: str
    address: str
    status: int
    seconds: float
    key: str
    role: str
    code: str | None


def log_request(record: RequestRecord) -> None:
    """Log one request: at level info, but a successful probe, which comes every few seconds, at level debug."""
    level = logging.DEBUG if record.address in _PROBES and record.status == 200 else logging.INFO
    if not _access.isEnabledFor(level):
        return
    fields = {
        "request_id": record.request_id,
        "method": record.method if record.method in _METHODS else "other",
        "address": record.address,
        "status": record.status,
        "seconds": round(record.seconds, 6),
        "key": record.key,
        "role": record.role,
    }
    if record.code:
        fields["code"] = record.code
    _access.log(level, "request", extra={"leadlight_fields": fields})


def configure_json_logging(level: str, file: TextIO | None = None) -> None:
    """Make our loggers, BentoML's and uvicorn's write JSON lines from ``level`` up, to standard error by default."""
    handler = logging.StreamHandler(file or sys.stderr)
    handler.setFormatter(JsonLineFormatter())
    for name in ("leadlight", "bentoml", "uvicorn"):
        logger = logging.getLogger(name)
        # Not to the root logger as well: each line would be written twice.
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level.upper())
    for name in _SILENCED:
        logging.getLogger(name).disabled = True
