"""Which answers are worth compressing, and how? gzip for texts over 2 kB, where the caller can read it.

Lives here: whether to compress, and compressing. Does not live here: the answer's other headers (``middleware``),
compressed requests (``request_body``).
"""

import asyncio
import gzip
import io
import secrets
from collections.abc import Iterable, Sequence

__all__ = ["MIN_COMPRESSED_BYTES", "accepts_gzip", "compress_body", "is_compressible"]

MIN_COMPRESSED_BYTES = 2_048

_TEXT_KINDS = frozenset(
    {"text/html", "text/css", "text/javascript", "text/csv", "text/plain", "text/xml", "application/json"}
)
_LEVEL = 5
_THREAD_BYTES = 64 * 1024
"""From this size on it takes longer than a millisecond, and is done outside of the event loop."""

Headers = Sequence[tuple[bytes, bytes]]


def accepts_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a caller reads gzip, by its request's headers.

    >>> accepts_gzip([(b"accept-encoding", b"br, gzip;q=0.8")]), accepts_gzip([(b"accept-encoding", b"gzip;q=0")])
    (True, False)
    """
    for name, value in headers:
        if name == b"accept-encoding":
            for choice in value.decode("latin-1").lower().split(","):
                coding, _, parameter = choice.strip().partition(";")
                quality = parameter.replace(" ", "").removeprefix("q=")
                if coding.strip() == "gzip":
                    return not quality or not set(quality) <= set("0.")
    return False


def is_compressible(headers: Headers, size: int) -> bool:
    """Whether an answer is a text, not encoded yet, and large enough."""
    values = {name.lower(): value for name, value in headers}
    kind = values.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip()
    return size > MIN_COMPRESSED_BYTES and kind in _TEXT_KINDS and b"content-encoding" not in values


async def compress_body(headers: Headers, body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return an answer's headers and body, compressed."""
    packed = _compress(body) if len(body) < _THREAD_BYTES else await asyncio.to_thread(_compress, body)
    others = [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"vary")]
    encoding = [
        (b"content-encoding", b"gzip"),
        (b"content-length", str(len(packed)).encode()),
        (b"vary", b"accept-encoding"),
    ]
    return [*others, *encoding], packed


def _compress(body: bytes) -> bytes:
    # The name of the packed file, which no reader looks at, has a random length: from sizes alone nobody can tell
    # whether a guess at a page's secret was repeated in the page (the attack called BREACH).
    name = secrets.token_hex(secrets.randbelow(50) + 1)
    buffer = io.BytesIO()
    with gzip.GzipFile(name, "wb", _LEVEL, buffer, mtime=0) as file:
        file.write(body)
    return buffer.getvalue()
