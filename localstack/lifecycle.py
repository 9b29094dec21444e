"""Creates, updates and deletes a separate stack with the SAM CLI on the local endpoint in AWS_ENDPOINT_URL.

It checks the endpoint's resources after each step.

    lifecycle.py <folder created by `package`>

The script runs in the environment of tests/template/requirements-sam.txt.
"""

import os
import subprocess
import sys
from pathlib import Path

import boto3

HERE = Path(__file__).parent
STACK = "cqrs-ecommerce-lifecycle"
# Replaced when a setting of a function changes: its version, and the policy that causes it. LocalStack also replaces the
# permission to invoke the alias, and no longer lists the alias that it has moved.
REPLACED = {"AWS::IAM::ManagedPolicy", "AWS::Lambda::Alias", "AWS::Lambda::Permission", "AWS::Lambda::Version"}
# Retained when the stack is deleted.
RETAINED = "AWS::DynamoDB::Table"


def main(folder: str):
    if "AWS_ENDPOINT_URL" not in os.environ:
        sys.exit("AWS_ENDPOINT_URL is not set: this script creates and deletes resources, on a local stack only")
    deploy(folder)
    created = resources()
    expect(status() == "CREATE_COMPLETE", f"status CREATE_COMPLETE, not {status()}")
    functions = [name for kind, name in created if kind == "AWS::Lambda::Function"]
    expect(functions, "at least one function")
    expect(levels(functions) == {"INFO"}, f"LogLevel is INFO everywhere, not {levels(functions)}")
    expect(mappings(functions), "at least one event source mapping")
    print(f"created: {len(created)} resources, {len(functions)} of them functions", flush=True)

    deploy(folder, "LogLevel=DEBUG")
    expect(status() == "UPDATE_COMPLETE", f"status UPDATE_COMPLETE, not {status()}")
    expect(levels(functions) == {"DEBUG"}, f"LogLevel is DEBUG everywhere, not {levels(functions)}")
    replaced = lasting(created) ^ lasting(resources())
    expect(not replaced, f"the update of a setting replaces versions only, not {replaced}")
    print("updated: the same resources with LogLevel=DEBUG", flush=True)

    delete()
    expect(status() is None, f"the stack is deleted, not {status()}")
    expect(not [name for name in functions if exists(name)], "no function is left")
    expect(not mappings(functions), "no event source mapping is left")
    tables = {name for kind, name in created if kind == RETAINED}
    left = set(boto3.client("dynamodb").list_tables()["TableNames"])
    expect(tables and tables <= left, f"{RETAINED} resources are retained by their DeletionPolicy")
    for table in tables:
        boto3.client("dynamodb").delete_table(TableName=table)
    print(f"deleted: everything except {len(tables)} tables that DeletionPolicy retains", flush=True)


def deploy(folder: str, *parameters: str):
    run(HERE / "deploy", folder, STACK, *parameters)


def delete():
    sam = Path(sys.executable).parent / "sam"
    run(sam, "delete", "--stack-name", STACK, "--no-prompts", "--region", os.environ["AWS_REGION"])


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600)
    if done.returncode:
        sys.exit(f"{command[0]} failed:\n{done.stdout[-4000:]}")


def status() -> str | None:
    stacks = boto3.client("cloudformation").describe_stacks()["Stacks"]
    found = [one["StackStatus"] for one in stacks if one["StackName"] == STACK]
    return found[0] if found and found[0] != "DELETE_COMPLETE" else None


def resources() -> set[tuple[str, str]]:
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    every = [one for page in pages for one in page["StackResourceSummaries"]]
    return {(one["ResourceType"], one["PhysicalResourceId"]) for one in every}


def lasting(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return {one for one in found if one[0] not in REPLACED}


def levels(functions: list[str]) -> set[str]:
    """Returns the LogLevel of each function behind its alias, which every caller uses."""
    client = boto3.client("lambda")
    found = [client.get_function(FunctionName=name, Qualifier="live") for name in functions]
    return {one["Configuration"]["Environment"]["Variables"]["LOG_LEVEL"] for one in found}


def mappings(functions: list[str]) -> list[str]:
    every = boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return [one["UUID"] for one in every if one["FunctionArn"].split(":")[6] in functions]


def exists(function: str) -> bool:
    client = boto3.client("lambda")
    try:
        client.get_function(FunctionName=function)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def expect(holds, what: str):
    if not holds:
        sys.exit(f"lifecycle: expected: {what}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
