"""Checks what a deployment meets in settled templates: retries, memory, concurrency, order, costs, roles and outputs.

It also proves that the checks can fail: each copy of a template with a planted fault must have one problem.

    deployment.py <settled.json>...
"""

import copy
import json
import pathlib
import re
import sys

from functions import function_in, function_of, of_type

# A layer runs in the memory of the function, and the ADOT layer takes about 80 MB of it. (Source: aws-otel-lambda, issue
# 228, comment of 2025-04-04.) 256 MB is the smallest memory of the parameters above 128 MB.
COLLECTOR_MEMORY = 256
# A new account has 10 or 50 concurrent executions, and Lambda keeps at least 10 of an account unreserved. (Source: the
# messages in awslabs/fhir-works-on-aws-deployment#691 and aws-samples/s3-to-lambda-patterns#36; AWS Lambda Developer
# Guide, "Configuring reserved concurrency for a function", for the 100 of a usual account.) It cannot reserve any, so the
# defaults must not.
RESERVED_OF_A_NEW_ACCOUNT = 0
RESERVING = (
    "HttpReservedConcurrency",
    "WaitingReservedConcurrency",
    "ProjectionReservedConcurrency",
    "OperatorReservedConcurrency",
)
# Amazon DynamoDB Developer Guide, "DynamoDB on-demand capacity mode": write units per second of a new table.
NEW_TABLE_UNITS = 4000
# The write units of a commit that opens an order of six products, in all views: the order and its two indexes 3, the
# history 1, the analytics 4 + 2 * 6, the search about 2 + 3 * 6. A test counts them and compares the sum with this line:
# functions/projections/tests/projections/units.rs.
UNITS_OF_A_COMMIT = 40
# US dollars per million. (Source: AWS X-Ray pricing, traces recorded; AWS Lambda pricing, requests.)
TRACES, INVOCATIONS = 5.00, 0.20


def value(template, expression):
    """Returns the value of a property that is a parameter or a literal."""
    return template["Metadata"]["Settled"][expression["Ref"]] if isinstance(expression, dict) else str(expression)


def retries(template):
    # AWS Lambda API Reference, "CreateEventSourceMapping": with -1, Lambda retries until the record expires.
    for name, mapping in of_type(template, "AWS::Lambda::EventSourceMapping").items():
        if value(template, mapping["MaximumRetryAttempts"]) != "-1":
            yield f"{name} may give up before MaximumRecordAgeInSeconds: its MaximumRetryAttempts must be -1"
        retention = 3600 * int(value(template, of_type(template, "AWS::Kinesis::Stream")["EventStream"]["RetentionPeriodHours"]))
        age = int(value(template, mapping["MaximumRecordAgeInSeconds"]))
        if not 0 < age <= retention / 2:
            yield f"{name} gives up after {age} s, which leaves too little of {retention} s to read the records again"


def memory(template):
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        if "Layers" in function and int(value(template, function["MemorySize"])) < COLLECTOR_MEMORY:
            yield f"{name} has the collector layer and less than {COLLECTOR_MEMORY} MB"


def concurrency(template):
    if any(value(template, {"Ref": name}) != "0" for name in RESERVING):
        return
    functions = of_type(template, "AWS::Lambda::Function")
    reserved = {name: int(one.get("ReservedConcurrentExecutions", 0)) for name, one in functions.items()}
    if sum(reserved.values()) > RESERVED_OF_A_NEW_ACCOUNT:
        names = ", ".join(name for name, number in reserved.items() if number)
        yield f"{names} reserve concurrency by default, which a new account does not have"


def order(template):
    # AWS CloudFormation Template Reference, "DependsOn attribute": a resource is created and updated after the resources
    # it depends on. A projection must know an event before a command stores it, and its callers use its alias, which a
    # gradual deployment moves later than it updates the function.
    # The publisher hands on every event as it is stored, so it needs to know none.
    readers = {one["FunctionName"]["Ref"] for one in of_type(template, "AWS::Lambda::EventSourceMapping").values()}
    projections = readers - {"PublishEventsFunctionAliaslive"}
    for name in commands(template):
        after = template["Resources"][name].get("DependsOn", [])
        if missing := sorted(projections - set([after] if isinstance(after, str) else after)):
            yield f"{name} must be deployed after the projections: add {', '.join(missing)} to its DependsOn"


def commands(template):
    """Yields the functions with a route below /commands."""
    for api in of_type(template, "AWS::ApiGatewayV2::Api").values():
        for path, methods in api["Body"]["paths"].items():
            if path.startswith("/commands"):
                for operation in methods.values():
                    uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
                    yield function_in(template, uri)


def costs(template):
    parameters = template["Metadata"]["Settled"]
    units = int(parameters["RebuildCommitsPerSecond"]) * UNITS_OF_A_COMMIT
    if units > NEW_TABLE_UNITS / 2:
        yield f"a rebuild takes {units} units per second, more than half of what a new table accepts"
    ratio = float(parameters["TraceSampleRatio"])
    if not 0 < ratio * TRACES <= INVOCATIONS / 2:
        yield f"TraceSampleRatio {ratio} costs more than half of the price of the invocations, or keeps no trace"


def roles(template):
    is_given = bool(template["Metadata"]["Settled"]["PermissionsBoundaryArn"])
    expected = {"Ref": "PermissionsBoundaryArn"} if is_given else None
    for name, role in of_type(template, "AWS::IAM::Role").items():
        if role.get("PermissionsBoundary") != expected:
            yield f"{name} must have the boundary PermissionsBoundaryArn exactly if it is given"


def shown(template):
    """Yields the names that must be in an output, because an operator must find what they stand for."""
    has_domain = template["Metadata"]["Settled"]["DomainName"]
    if template["Metadata"]["Settled"]["ExistingEventTable"]:
        yield "ExistingEventTable"
    yield from ("DomainName" if has_domain else "HttpApi", "Dashboard")
    if of_type(template, "AWS::Cognito::UserPoolDomain"):
        yield "amazoncognito"
    for kind in (
        "AWS::ApiGatewayV2::DomainName",
        "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolClient",
        "AWS::DynamoDB::Table",
        "AWS::Kinesis::Stream",
        "AWS::SQS::Queue",
    ):
        yield from of_type(template, kind)
    permissions = of_type(template, "AWS::Lambda::Permission").values()
    routes = {function_of(template, one["FunctionName"]) for one in permissions if one["Principal"] == "apigateway.amazonaws.com"}
    streams = {function_of(template, one["FunctionName"]) for one in of_type(template, "AWS::Lambda::EventSourceMapping").values()}
    rules = [one for one in of_type(template, "AWS::Events::Rule").values() if "EventPattern" in one]
    reactions = {function_of(template, target["Arn"]) for rule in rules for target in rule["Targets"]}
    yield from of_type(template, "AWS::Lambda::Function").keys() - routes - streams - reactions


def outputs(template):
    values = [json.dumps(output["Value"]) for output in template["Outputs"].values()]
    for name in shown(template):
        if not any(re.search(rf"\b{name}\b", text) for text in values):
            yield f"{name} is in no output"


def problems(template):
    for check in (retries, memory, concurrency, order, costs, roles, outputs):
        yield from check(template)


def broken(template):
    """Yields copies of a template that each break one rule."""

    def copied(change):
        result = copy.deepcopy(template)
        change(result, result["Metadata"]["Settled"])
        return result

    def properties(result, kind):
        return next(iter(of_type(result, kind).values()))

    mapping = "AWS::Lambda::EventSourceMapping"
    yield copied(lambda result, _: properties(result, mapping).update(MaximumRetryAttempts=100))
    yield copied(lambda result, _: properties(result, mapping).update(MaximumRecordAgeInSeconds=86400))
    if "Layers" in properties(template, "AWS::Lambda::Function"):
        yield copied(lambda result, _: properties(result, "AWS::Lambda::Function").update(MemorySize=128))
    if all(value(template, {"Ref": name}) == "0" for name in RESERVING):
        yield copied(lambda result, _: result["Resources"]["RedriveFunction"]["Properties"].update(ReservedConcurrentExecutions=1))
    for name in set(commands(template)):
        yield copied(lambda result, _, name=name: result["Resources"][name].pop("DependsOn"))
        yield copied(lambda result, _, name=name: result["Resources"][name]["DependsOn"].pop())
    fast = str(NEW_TABLE_UNITS // 2 // UNITS_OF_A_COMMIT + 1)
    yield copied(lambda _, settled: settled.update(RebuildCommitsPerSecond=fast))
    yield copied(lambda _, settled: settled.update(TraceSampleRatio="1"))
    yield copied(lambda _, settled: settled.update(TraceSampleRatio="0"))
    yield copied(lambda result, _: properties(result, "AWS::IAM::Role").update(PermissionsBoundary="another"))
    for name in template["Outputs"]:
        yield copied(lambda result, _, name=name: result["Outputs"].pop(name))


def main(paths):
    templates = {path: json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths}
    wrong = [f"{path}: {problem}" for path, template in templates.items() for problem in problems(template)]
    for path, template in templates.items():
        unseen = [one for one in broken(template) if len(list(problems(one))) != 1]
        wrong += [f"{path}: {len(unseen)} planted faults are not exactly one problem"] if unseen else []
    print("\n".join(wrong) or f"deployment: {len(templates)} templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
