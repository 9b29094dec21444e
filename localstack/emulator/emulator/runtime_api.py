"""The Lambda Runtime API of one instance, on loopback (Lambda developer guide, "Using the Lambda runtime API")."""

import json
import logging
import queue
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOG = logging.getLogger(__name__)

PREFIX = "/2018-06-01/runtime/"
# Interval at which a wait checks whether the instance has ended.
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Invocation:
    """An event for the function."""

    request_id: str
    function_arn: str
    trace: str
    payload: str
    timeout_seconds: int


@dataclass(frozen=True)
class Answer:
    """Result of an invocation. The payload of an error is the document that the runtime posted."""

    request_id: str | None
    payload: bytes
    is_error: bool


class RuntimeApi:
    """Serves one instance. The instance handles one invocation at a time."""

    def __init__(self):
        self.ready = threading.Event()
        self._invocations: queue.Queue[Invocation] = queue.Queue()
        self._answers: queue.Queue[Answer] = queue.Queue()
        self._closed = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True, name="runtime-api").start()

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API."""
        host, port = self._server.server_address
        return f"{host}:{port}"

    def deliver(self, invocation: Invocation):
        """Queues an event for the instance."""
        self._invocations.put(invocation)

    def answer(self, seconds: float) -> Answer | None:
        """Returns the next result, or a failed initialisation. Returns None after `seconds` without one."""
        try:
            return self._answers.get(timeout=seconds)
        except queue.Empty:
            return None

    def close(self):
        """Ends the server and every wait."""
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    def next_invocation(self) -> Invocation | None:
        """Waits for an event. Returns None if the instance ends first."""
        self.ready.set()
        while not self._closed.is_set():
            try:
                return self._invocations.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
        return None

    def finish(self, answer: Answer):
        """Stores the result that the runtime posted."""
        self._answers.put(answer)

    def _handler(self):
        return type("Handler", (_Handler,), {"api": self})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Logs at debug level only: an ended instance does not read its response, which is no problem."""
        LOG.debug("a call of the Runtime API broke off", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    api: RuntimeApi
    protocol_version = "HTTP/1.1"
    # Without this option a small response waits for the acknowledgement of the previous one.
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path != f"{PREFIX}invocation/next":
            return self._reply(404)
        invocation = self.api.next_invocation()
        if invocation is None:
            return self._reply(410)
        deadline = int((time.time() + invocation.timeout_seconds) * 1000)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace,
        }
        return self._reply(200, invocation.payload.encode(), headers)

    def do_POST(self):
        body = self._body()
        match self.path.removeprefix(PREFIX).split("/"):
            case ["invocation", request_id, ("response" | "error") as kind]:
                self.api.finish(Answer(request_id, body, is_error=kind == "error"))
            case ["init", "error"]:
                self.api.finish(Answer(None, body, is_error=True))
            case _:
                return self._reply(404)
        return self._reply(202, json.dumps({"status": "OK"}).encode())

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        # Skips trailers, up to the empty line.
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def _reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Logs nothing, because LocalStack logs every invocation."""
