"""Sends events to a rule with a queue on LocalStack's EventBridge, and compares what the queue gets.

The template and the events are those of a test of the embedded stack, in localstack/events/src/tests.

    bus.py

The script runs in the environment of tests/template/requirements-sam.txt, with the variables in the file `environment` that `up`
writes.
"""

import json
import sys
import time
import uuid
from pathlib import Path

import boto3

TESTS = Path(__file__).parent / "events" / "src" / "tests"
SECONDS = 30
# PutEvents takes up to 10 entries.
ENTRIES = 10


def received(queue: str, count: int) -> list:
    """Receives messages until there are `count`, and once more, because there must be no other."""
    sqs, bodies, deadline = boto3.client("sqs"), [], time.monotonic() + SECONDS
    while True:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        messages = answer.get("Messages", [])
        for message in messages:
            bodies.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        if not messages and (len(bodies) >= count or time.monotonic() > deadline):
            return bodies


def main() -> None:
    cases = json.loads((TESTS / "bus.json").read_text(encoding="utf-8"))
    stacks, name = boto3.client("cloudformation"), f"bus-{uuid.uuid4()}"
    parameters = [{"ParameterKey": "BusName", "ParameterValue": name}]
    template = (TESTS / "bus.yaml").read_text(encoding="utf-8")
    stacks.create_stack(StackName=name, TemplateBody=template, Parameters=parameters)
    stacks.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    queue = stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"]
    entries = [
        {"EventBusName": name, "Source": case["source"], "DetailType": case["type"], "Detail": json.dumps(case["detail"])}
        for case in cases
    ]
    for start in range(0, len(entries), ENTRIES):
        put = boto3.client("events").put_events(Entries=entries[start : start + ENTRIES])
        if put["FailedEntryCount"]:
            sys.exit(f"bus: {put}")
    expected = [body for case in cases for body in case["received"]]
    bodies = received(queue, len(expected))
    # LocalStack delivers the events of a request at the same time, in any order.
    if sorted(map(json.dumps, bodies)) != sorted(map(json.dumps, expected)):
        sys.exit(f"bus: the queue got {bodies}, not {expected}")
    stacks.delete_stack(StackName=name)
    stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    print(f"bus: {len(entries)} events, of which rules sent {len(expected)} to a queue")


main()
