"""Runs the operators' procedures on a stack that `up` deployed.

The pages of the functions rebuild, redrive and reconcile describe these procedures: a generation of the query table is built,
compared, made live, rolled back, ended and built again; a batch that the event source mapping gave up is redriven; garbage records are
discarded.

    recovery.py <name of the stack>

The script runs in the environment of tests/template/requirements-sam.txt. It needs the variables in the file
`environment` that `up` writes.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

HERE = Path(__file__).parent
SECONDS = 120
PATIENCE = 300


class Deployed:
    """A deployed stack with the shop, and an operator's access to it."""

    def __init__(self, name: str, folder: Path):
        self.name, self.folder = name, folder
        self.base_url, self.orders = os.environ["STACK_URL"], []
        token = [*shlex.split(os.environ["STACK_TOKEN_COMMAND"]), "--sub", "operator", "--scope", "orders:admin"]
        self.token = subprocess.run(token, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
        # Equivalent to `--cli-read-timeout 0`, because a function may run for 15 minutes.
        patient = Config(read_timeout=960, retries={"mode": "standard", "max_attempts": 10})
        self.functions, self.kinesis = boto3.client("lambda", config=patient), boto3.client("kinesis")
        # The template as deployed. All code is already in S3.
        template = boto3.client("cloudformation").get_template(StackName=name, TemplateStage="Original")
        body = template["TemplateBody"]
        (folder / "template.yaml").write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")

    def deploy(self, *parameters: str):
        command = [HERE / "deploy", self.folder, self.name, *parameters]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
        expect(done.returncode == 0, f"a deployment with {parameters}:\n{done.stdout[-4000:]}")
        print(f"deployed: {', '.join(parameters)}", flush=True)

    def physical(self, logical_id: str) -> str:
        detail = boto3.client("cloudformation").describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        return detail["StackResourceDetail"]["PhysicalResourceId"]

    def invoke(self, logical_id: str, **task):
        """Returns the answer of an operator. Asks again while another invocation, such as the schedule's, has its lease."""
        for _ in range(SECONDS):
            answer = self.functions.invoke(FunctionName=self.physical(logical_id), Payload=json.dumps(task))
            payload = json.load(answer["Payload"])
            expect("FunctionError" not in answer, f"a result of {logical_id} for {task}, not {payload}")
            if "refused" not in payload:
                return payload
            time.sleep(1)
        sys.exit(f"recovery: {logical_id} refuses {task}: {payload}")

    def call(self, method: str, path: str, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        headers |= {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def order(self):
        items = [{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]
        placed = self.call("POST", "/commands/orders", {"user_id": "customer", "currency": "EUR", "items": items})
        self.call("POST", f"/commands/orders/{placed['order_id']}/confirm", {})
        self.orders.append(placed["order_id"])

    def expect_orders(self):
        for order in self.orders:
            view = self.confirmed(order)
            expect(view["status"] == "confirmed", f"{order} is confirmed, not {view}")

    def confirmed(self, order: str):
        """Returns the view of an order. Asks again while the view is late, because the API limits its waits."""
        for _ in range(10):
            try:
                view = self.call("GET", f"/queries/orders/{order}?min_version=2", prefer="wait=20")
                if view["version"] >= 2:
                    return view
            except urllib.error.HTTPError as late:
                if late.code != 404:
                    raise
            time.sleep(1)
        sys.exit(f"recovery: the view of {order} stays behind")

    def listed(self, queue: str):
        return self.invoke("RedriveFunction", task="list", queue=queue, max=100)["messages"]

    def await_messages(self, queue: str, number: int):
        for _ in range(SECONDS):
            if len(messages := self.listed(queue)) >= number:
                return messages
            time.sleep(1)
        sys.exit(f"recovery: {queue} has only {messages} after {SECONDS} s")


def built(stack: Deployed, run: int, **task):
    """Continues the rebuild until it is done. It waits until a change of the switch has settled."""
    report = stack.invoke("RebuildFunction", **task)
    for _ in range(PATIENCE):
        if report.get("state") == "done":
            break
        time.sleep(1)
        report = stack.invoke("RebuildFunction", task="build")
    expect(report.get("state") == "done" and report["run"] == run, f"run {run} is done, not {report}")


def equal(stack: Deployed):
    compared = stack.invoke("RebuildFunction", task="compare")
    expect(compared["state"] == "equal" and compared["compared"] > 0, f"state equal, not {compared}")
    print(f"built and compared: {compared['compared']} items and counters", flush=True)


def generations(stack: Deployed):
    built(stack, 1, task="begin")
    stack.order()
    stack.expect_orders()
    equal(stack)
    for task, live in (("cut_over", "green"), ("roll_back", "blue"), ("cut_over", "green")):
        report = stack.invoke("RebuildFunction", task=task)
        expect(report["live"] == live, f"{live} is live, not {report}")
        # A deployment with the same parameters keeps the live generation.
        stack.deploy("LogLevel=DEBUG" if live == "green" else "LogLevel=INFO")
        stack.order()
        stack.expect_orders()
        progress = stack.invoke("RebuildFunction", task="progress")
        expect(progress["live"] == live, f"{live} is still live, not {progress}")
    built(stack, 2, task="build", restart=True)
    equal(stack)


def reconciled(stack: Deployed):
    report = stack.invoke("ReconcileFunction")
    expect(report["sampled"] > 0 and report["mismatched"] == 0, f"no mismatched view, not {report}")
    print(f"reconciled: {report['sampled']} views", flush=True)


def given_up(stack: Deployed):
    """Points the order projection at a missing table until the mapping gives its batch up, then redrives the batch."""
    function = stack.physical("OrderProjectionFunction")
    environment = stack.functions.get_function_configuration(FunctionName=function)["Environment"]
    every = stack.functions.list_event_source_mappings()["EventSourceMappings"]
    (mapping,) = [one for one in every if one["FunctionArn"].split(":")[6] == function]
    stack.functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=1)
    configure(stack, function, environment["Variables"] | {"BLUE_QUERY_TABLE": "nowhere", "GREEN_QUERY_TABLE": "nowhere"})
    stack.order()
    messages = stack.await_messages("stream-failures", 1)
    projections = {message["projection"] for message in messages}
    expect(projections == {"order-projection"}, f"only batches of the order projection, not {messages}")
    configure(stack, function, environment["Variables"])
    report = stack.invoke("RedriveFunction", task="redrive", queue="stream-failures", max=100)
    expect(report["done"] > 0 and report["left"] == 0, f"every batch is redriven, not {report}")
    expect(stack.listed("stream-failures") == [], "an empty failure queue")
    stack.expect_orders()
    print(f"redriven: {report['done']} batches", flush=True)


def configure(stack: Deployed, function: str, variables: dict[str, str]):
    stack.functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
    stack.functions.get_waiter("function_updated_v2").wait(FunctionName=function)
    # The mapping invokes the alias, whose version keeps its configuration.
    version = stack.functions.publish_version(FunctionName=function)["Version"]
    stack.functions.update_alias(FunctionName=function, Name="live", FunctionVersion=version)


def garbage(stack: Deployed):
    """Puts a garbage record, which gives one dead letter, and discards all dead letters.

    Only the mapping without a filter delivers the record, because it is no JSON.
    """
    letters = len(stack.listed("dead-letters")) + 1
    stack.kinesis.put_record(StreamName=os.environ["EVENT_STREAM"], PartitionKey="garbage", Data=b"garbage")
    stack.await_messages("dead-letters", letters)
    report = stack.invoke("RedriveFunction", task="redrive", queue="dead-letters", max=100)
    expect((report["done"], report["left"]) == (0, letters), f"no garbage record is redriven, not {report}")
    ids = [message["id"] for message in stack.listed("dead-letters")]
    report = stack.invoke("RedriveFunction", task="discard", queue="dead-letters", ids=ids, reason="garbage of the test")
    expect(len(report["discarded"]) == letters and not report["missing"], f"every dead letter is discarded, not {report}")
    expect(stack.listed("dead-letters") == [], "an empty dead-letter queue")
    print(f"discarded: {letters} dead letters", flush=True)


def ended(stack: Deployed):
    """Ends the use of the other generation. Its table is kept, and the live generation stays live."""
    report = stack.invoke("RebuildFunction", task="end")
    expect((report["live"], report["stage"]) == ("green", None), f"only green is in use, not {report}")
    stack.order()
    stack.expect_orders()
    # The next run of this script finds blue live again, as in a new stack.
    built(stack, 3, task="begin", empty=True)
    equal(stack)
    expect(stack.invoke("RebuildFunction", task="cut_over")["live"] == "blue", "blue is live")
    stack.expect_orders()
    stack.invoke("RebuildFunction", task="end")


def expect(holds, what: str):
    if not holds:
        sys.exit(f"recovery: expected: {what}")


def main(name: str):
    with tempfile.TemporaryDirectory() as folder:
        recover(Deployed(name, Path(folder)))


def recover(stack: Deployed):
    stack.call("PUT", "/commands/products/kettle", {"name": "Kettle", "unit_price_cents": 5990, "currency": "EUR"})
    for _ in range(3):
        stack.order()
    stack.expect_orders()
    generations(stack)
    reconciled(stack)
    given_up(stack)
    garbage(stack)
    ended(stack)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
