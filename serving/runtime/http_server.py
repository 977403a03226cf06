"""How does the service listen? One uvicorn server in this process, on the one port that it was given.

Lives here: binding the port, running an ASGI application until a signal. Does not live here: the application
(``serving.service``), slow connections (``connection_timeouts``), what a signal starts (``graceful_shutdown``).

BentoML's own ``serve`` would start a supervisor, circus, that opens three more TCP ports on loopback. They accept
commands from anybody on the machine, without a password: any local account could run programs as the service's user.
"""

import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from serving.errors import ServiceError

__all__ = ["bind_port", "run_server"]

_BACKLOG = 2048


def bind_port(host: str, port: int) -> socket.socket:
    """Take a port without listening yet, so that nobody is let in before the service is ready.

    Raises
    ------
    ServiceError
        If the port is in use, or the host is not this machine's.
    """
    listener = None
    try:
        if not 0 <= port <= 65_535:  # getaddrinfo takes 70000 for 4464
            raise OverflowError
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except (OSError, OverflowError) as fault:
        if listener is not None:
            listener.close()
        reason = fault.strerror if isinstance(fault, OSError) else "no such port"
        raise ServiceError(f"serve: cannot listen on {host}:{port} ({reason}). Choose another --port.") from None
    return listener


def run_server(app: Callable[..., Awaitable[Any]], listener: socket.socket) -> None:
    """Serve an ASGI application on a bound port until SIGTERM or SIGINT; the application's log settings are kept.

    Raises
    ------
    ServiceError
        If the application failed to start; its log says why.
    """
    # h11, not httptools: connection_timeouts knows h11's states.
    config = uvicorn.Config(app, http="h11", backlog=_BACKLOG, log_config=None, server_header=False)
    server = uvicorn.Server(config)
    # Once it has stopped, uvicorn raises the signal again: a stop that was asked for is not a failure of the process.
    previous_handler = signal.signal(signal.SIGTERM, lambda number, frame: None)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.run([listener])
    except SystemExit:
        raise ServiceError("serve: the service failed to start; see the messages above.") from None
    finally:
        signal.signal(signal.SIGTERM, previous_handler)
        listener.close()
