"""The processes behind LocalStack's DynamoDB and Kinesis: started on loopback, and ended with it.

By themselves both listen on every interface, and both are sessions of their own, which the end of LocalStack's process
group does not reach.
"""

import logging
import os
from pathlib import Path

from localstack.runtime import hooks
from localstack.services.dynamodb.server import DynamodbServer
from localstack.services.kinesis.kinesis_mock_server import KinesisMockNodeServer
from localstack.utils.common import TMP_THREADS, ShellCommandThread

LOG = logging.getLogger(__name__)

# The program that serves DynamoDB Local on a port of loopback.
DYNAMODB = "DYNAMODB_LOCAL"
HERE = Path(__file__).parent
# The thread that starts a process waits for its end, so that the process ends with LocalStack and not before.
ENDS_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL"]


@hooks.on_infra_start()
def serve_on_loopback():
    """Replaces how the two are started."""
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
