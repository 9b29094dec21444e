"""Starts the processes behind LocalStack's DynamoDB and Kinesis on loopback, and ends them with LocalStack.

By default both listen on every interface. Both also run in sessions of their own, which a signal to LocalStack's
process group does not reach.
"""

import logging
import os
from pathlib import Path

from localstack.runtime import hooks
from localstack.services.dynamodb.server import DynamodbServer
from localstack.services.kinesis.kinesis_mock_server import KinesisMockNodeServer
from localstack.utils.common import TMP_THREADS, ShellCommandThread

LOG = logging.getLogger(__name__)

# Environment variable with the program that serves DynamoDB Local on a loopback port.
DYNAMODB = "DYNAMODB_LOCAL"
HERE = Path(__file__).parent
# Kills the process when its parent thread ends. That thread waits for the process, so it ends only with LocalStack.
ENDS_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"]


@hooks.on_infra_start()
def serve_on_loopback():
    """Replaces the functions that start the two servers."""
    DynamodbServer.do_start_thread = _start_dynamodb
    KinesisMockNodeServer._create_shell_command = _kinesis_command


def _start_dynamodb(server: DynamodbServer) -> ShellCommandThread:
    command = [*ENDS_WITH_PARENT, os.environ[DYNAMODB], str(server.port)]
    thread = ShellCommandThread(
        command, log_listener=_log, auto_restart=True, strip_color=True, name="dynamodb-local"
    )
    TMP_THREADS.append(thread)
    thread.start()
    return thread


def _kinesis_command(server: KinesisMockNodeServer) -> tuple[list[str], dict]:
    command = [*ENDS_WITH_PARENT, "node", "--require", str(HERE / "loopback.cjs")]
    return [*command, str(server._exe_path)], server._environment_variables


def _log(line: str, **_stream):
    LOG.info(line.rstrip())
