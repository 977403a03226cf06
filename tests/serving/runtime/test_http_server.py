"""Is a port bound before anybody is let in, and is one that cannot be had one sentence?"""

import socket

import pytest

from serving.errors import ServiceError
from serving.runtime.http_server import bind_port, run_server


def test_a_bound_port_lets_nobody_in_before_the_service_is_ready():
    listener = bind_port("127.0.0.1", 0)
    with listener, socket.socket() as visitor:
        assert visitor.connect_ex(listener.getsockname()) != 0


def test_a_port_that_cannot_be_had_is_one_sentence():
    with bind_port("127.0.0.1", 0) as listener:
        listener.listen()
        for host, port in (("127.0.0.1", listener.getsockname()[1]), ("127.0.0.1", 70_000), ("192.0.2.1", 0)):
            with pytest.raises(ServiceError, match="cannot listen on"):
                bind_port(host, port)


def test_an_application_that_fails_to_start_is_one_sentence():
    async def fail(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no model"})

    with pytest.raises(ServiceError, match="the service failed to start"):
        run_server(fail, bind_port("127.0.0.1", 0))
