"""Does the service open its own port and nothing else, and does it end as it was asked to?"""

import signal
import socket

import psutil
import pytest

from serving.errors import ServiceError
from serving.runtime.http_server import bind_port, run_server
from tests.support.running_service import service


def listening_ports(pid: int) -> set[int]:
    """Every port on which the process or one of its descendants accepts connections or datagrams."""
    process = psutil.Process(pid)
    connections = [found for one in [process, *process.children(recursive=True)] for found in one.net_connections()]
    return {
        connection.laddr.port
        for connection in connections
        if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
    }


def test_no_port_but_the_services_own_is_open_and_a_stop_is_not_a_failure(bundle_folder, tmp_path):
    with service(tmp_path, bundle_folder) as running:
        ports, children = listening_ports(running.process.pid), psutil.Process(running.process.pid).children()

        running.process.send_signal(signal.SIGTERM)
        code = running.process.wait(20)

    assert (ports, children, code) == ({running.port}, [], 0)


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
