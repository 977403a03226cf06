"""Which CRMs stand in for the real ones? HTTP servers on loopback that misbehave as told, and count what they wrote."""

import json
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote


class _Handler(BaseHTTPRequestHandler):
    """One request to a stand-in, treated as told."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits 40 ms for the client to acknowledge the headers

    def handle_any(self):
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.stand_in.requests.append((self.command, self.path, dict(self.headers), body))
        how = self.server.stand_in.behaviour.popleft() if self.server.stand_in.behaviour else None
        if callable(how):
            how = how()
        if how == "drop":
            self.drop()
            return
        if isinstance(how, tuple) and isinstance(how[0], int):
            status, headers, answer = how
        else:
            status, headers, answer = self.server.stand_in.answer(self.command, self.path, self.headers, body)
        if how == "slow":
            time.sleep(1.5)
        content = b"" if answer is None else json.dumps(answer).encode()
        if how == "huge":
            content += b" " * (5 * 1024 * 1024)
        if how == "garbage":
            content = b"[[[[ not json"
        self.send(status, headers, content, how)

    def send(self, status, headers, content, how):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("content-length", str(len(content) + 100 * (how == "drop_answer")))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if how == "drop_answer" else content)
        if how == "twice":
            self.wfile.write(b"HTTP/1.1 500 Once More\r\ncontent-length: 2\r\n\r\n{}")
        if how == "drop_answer":
            self.wfile.flush()
            self.drop()

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(2)

    do_GET = do_POST = do_PATCH = do_PUT = handle_any

    def log_message(self, *arguments):
        """Quiet."""

    def handle(self):
        try:
            super().handle()
        except OSError:
            pass


class StandIn:
    """A CRM on loopback. ``behave`` tells it how to treat the next requests; after those it does what it should."""

    def __init__(self):
        self.behaviour, self.requests, self.written, self.rows = deque(), [], 0, {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.stand_in = self
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def behave(self, *how):
        self.behaviour.extend(how)

    def answer(self, method, path, headers, body):
        raise NotImplementedError

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class HubSpotStandIn(StandIn):
    """Contacts with properties. ``poisoned`` contacts spoil every update that they are part of."""

    poisoned = ()

    def answer(self, method, path, headers, body):
        ids = [contact["id"] for contact in body["inputs"]]
        missing = [contact for contact in ids if contact not in self.rows]
        if path.endswith("/batch/update"):
            if any(contact in self.poisoned for contact in ids):
                return 400, {}, {"status": "error", "category": "VALIDATION_ERROR", "message": "invented"}
            for contact in body["inputs"]:
                if contact["id"] in self.rows:
                    self.written += self.rows[contact["id"]] != contact["properties"]
                    self.rows[contact["id"]] = dict(contact["properties"])
        contacts = [{"id": contact, "properties": self.rows[contact]} for contact in ids if contact in self.rows]
        errors = [{"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": missing}}] if missing else []
        return (
            (207 if missing else 200),
            {},
            {"status": "COMPLETE", "results": contacts, "errors": errors, "numErrors": len(errors)},
        )


class DynamicsStandIn(StandIn):
    """Rows with ETags, and the two conditions of an upsert."""

    def answer(self, method, path, headers, body):
        key, row = path.partition("?")[0], self.rows.get(path.partition("?")[0])
        if method == "GET":
            return (
                (404, {}, {"error": {"code": "0x80040217"}})
                if row is None
                else (200, {}, {"@odata.etag": f'W/"{row[0]}"', **row[1]})
            )
        if (headers.get("if-none-match") == "*" and row is not None) or (
            "if-match" in headers and (row is None or headers["if-match"] != f'W/"{row[0]}"')
        ):
            return 412, {}, {"error": {"code": "0x80060882"}}
        self.written += 1
        self.rows[key] = ((row[0] if row else 100) + 1, dict(body))
        return 204, {}, None


class PagedHubSpotStandIn(HubSpotStandIn):
    """Contacts in pages, as HubSpot documents them: at most 100, a cursor, and 100 requests in ten seconds.

    Parameters
    ----------
    clock : callable
        Seconds; the test's own.
    """

    limit, window = 100, 10.0

    def __init__(self, clock):
        self.clock, self.times, self.refused, self.contacts = clock, deque(), 0, {}
        super().__init__()

    def answer(self, method, path, headers, body):
        now = self.clock()
        while self.times and self.times[0] <= now - self.window:
            self.times.popleft()
        if len(self.times) >= self.limit:
            self.refused += 1
            return 429, {"retry-after": "10"}, {"status": "error", "policyName": "TEN_SECONDLY_ROLLING"}
        self.times.append(now)
        if headers.get("authorization") != "Bearer an invented token":
            return 401, {}, {"status": "error", "category": "INVALID_AUTHENTICATION"}
        if method == "POST":
            return super().answer(method, path, headers, body)
        query = {name: values[0] for name, values in parse_qs(path.partition("?")[2]).items()}
        size, start = int(query["limit"]), int(query.get("after", 0))
        if size > 100:
            return 400, {}, {"status": "error", "category": "VALIDATION_ERROR"}
        asked, ids = query["properties"].split(","), list(self.contacts)
        results = [
            {"id": contact, "properties": {name: self.contacts[contact].get(name) for name in asked}}
            for contact in ids[start : start + size]
        ]
        more = {"paging": {"next": {"after": str(start + size)}}} if start + size < len(ids) else {}
        return 200, {}, {"results": results, **more}


class OdooStandIn(StandIn):
    """Leads of Odoo by its JSON-2 API: lists of records, false for an empty field, errors with a name."""

    def answer(self, method, path, headers, body):
        if method != "POST" or headers.get("authorization") != "Bearer an invented token":
            return 401, {}, {"name": "werkzeug.exceptions.Unauthorized", "message": "invented"}
        (number,) = body["ids"]
        row = self.rows.get(str(number))
        if path == "/json/2/crm.lead/read":
            if row is None:
                return 404, {}, {"name": "odoo.exceptions.MissingError", "message": "invented"}
            return 200, {}, [{"id": number} | {name: row.get(name, False) or False for name in body["fields"]}]
        assert path == "/json/2/crm.lead/write"
        self.written += self.rows[str(number)] != body["vals"]
        self.rows[str(number)] = dict(body["vals"])
        return 200, {}, True


class FrappeStandIn(StandIn):
    """Documents of Frappe by its REST API: one by its name, null for an empty field, only sent fields changed."""

    def answer(self, method, path, headers, body):
        if headers.get("authorization") != "token an invented token":
            return 401, {}, {"exc_type": "AuthenticationError"}
        name = unquote(path.rpartition("/")[2])
        row = self.rows.get(name)
        if row is None:
            return 404, {}, {"exc_type": "DoesNotExistError"}
        if method == "PUT":
            self.written += any(row.get(field) != value for field, value in body.items())
            row.update(body)
        return 200, {}, {"data": {"name": name, "doctype": "CRM Lead"} | row}
