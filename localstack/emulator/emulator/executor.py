"""Runs a function as a process: the package's `bootstrap` with its own Runtime API."""

import json
import logging
import os
import subprocess
import threading
import time
from pathlib import Path

from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

from .runtime_api import Answer, Invocation, RuntimeApi

LOG = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
# Interval at which a wait checks that the process still runs.
POLL_SECONDS = 0.2
# Time that a process has to end after SIGTERM.
STOP_SECONDS = 2
# Lambda's own paths in Lambda's order (Lambda developer guide, "Defined runtime environment variables").
PATH = "/usr/local/bin:/usr/bin/:/bin:/opt/bin"


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Selected by LAMBDA_RUNTIME_EXECUTOR=process."""

    name = "process"

    def load(self, *args, **kwargs):
        return ProcessExecutor


class ProcessExecutor(RuntimeExecutor):
    """One instance of a function. It is in LocalStack's process group and ends with that group."""

    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self._api = RuntimeApi()
        self._process: subprocess.Popen | None = None
        self._output: list[str] = []
        self._lock = threading.Lock()

    def start(self, env_vars):
        code = self._code()
        environment = {name: str(value) for name, value in env_vars.items()}
        environment |= {
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
            "LAMBDA_TASK_ROOT": str(code),
            "LANG": "en_US.UTF-8",
            "PATH": PATH,
        }
        self._process = subprocess.Popen(
            [code / "bootstrap"],
            cwd=code,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._read_output, daemon=True, name="function-output").start()
        # LocalStack stops the instance if this loop takes too long.
        while not self._api.ready.wait(POLL_SECONDS):
            if answer := self._api.answer(0.001):
                raise StatusErrorException("initialisation failed", payload=answer.payload)
            self._fail_if_ended(request_id=None)

    def stop(self):
        process = self._process
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_SECONDS)
        self._api.close()

    def invoke(self, payload):
        timeout = int(self.function_version.config.timeout)
        invocation = Invocation(
            request_id=payload["invoke-id"],
            function_arn=payload["invoked-function-arn"],
            trace=payload["trace-id"],
            payload=payload["payload"] or "{}",
            timeout_seconds=timeout,
        )
        with self._lock:
            self._output = [f"START RequestId: {invocation.request_id} Version: $LATEST\n"]
        self._api.deliver(invocation)
        answer = self._answer(invocation)
        return InvocationResult(
            invocation.request_id, answer.payload, is_error=answer.is_error, logs=self.get_logs()
        )

    def _answer(self, invocation: Invocation) -> Answer:
        deadline = time.monotonic() + invocation.timeout_seconds
        while (left := deadline - time.monotonic()) > 0:
            answer = self._api.answer(min(POLL_SECONDS, left))
            if answer and answer.request_id == invocation.request_id:
                return answer
            if not answer:
                self._fail_if_ended(invocation.request_id)
        seconds = f"{invocation.timeout_seconds:.2f}"
        raise _failed(
            "Sandbox.Timedout", invocation.request_id, f"Task timed out after {seconds} seconds"
        )

    def _fail_if_ended(self, request_id: str | None):
        status = self._process.poll()
        if status is not None:
            LOG.warning("%s ended with exit status %s: %s", self._name(), status, self.get_logs())
            raise _failed(
                "Runtime.ExitError", request_id, f"Runtime exited with error: exit status {status}"
            )

    def _read_output(self):
        for line in self._process.stdout:
            LOG.info("[%s] %s", self._name(), line.rstrip())
            with self._lock:
                self._output.append(line)

    def _code(self) -> Path:
        code = Path(self.function_version.config.code.get_unzipped_code_location())
        if not os.access(code / "bootstrap", os.X_OK):
            raise LambdaRuntimeException(f"the package of {self._name()} has no executable bootstrap")
        return code

    def _name(self) -> str:
        return self.function_version.id.function_name

    def get_address(self):
        return LOOPBACK

    def get_endpoint_from_executor(self):
        return LOOPBACK

    def get_runtime_endpoint(self):
        return f"http://{self._api.address}"

    def get_logs(self):
        with self._lock:
            return "".join(self._output)

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        """Keeps the code, because the version that replaces this one may use the same code."""


def _failed(kind: str, request_id: str | None, message: str) -> StatusErrorException:
    """An error in Lambda's wording. LocalStack returns it as the function's error and discards the instance."""
    told = f"RequestId: {request_id} Error: {message}" if request_id else message
    document = {"errorType": kind, "errorMessage": told}
    return StatusErrorException(message, payload=json.dumps(document).encode())
