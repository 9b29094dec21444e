"""Checks the settings of the functions in settled templates: the runtime, the parameters of each side, the reserved
concurrency, and timeouts below the ones of their callers.

    settings.py <settled.json>...
"""

import sys

from checking import run
from functions import of_type
from permissions import sides

# API Gateway Developer Guide, "Quotas for configuring and running an HTTP API": the longest time of an integration. The
# function must end earlier, so that its own answer and its log line leave.
LONGEST_ANSWER = 30
# The memory and the reserved concurrency of each side are parameters.
MEMORY = {
    "command": "CommandMemory",
    "reaction": "CommandMemory",
    "query": "QueryMemory",
    "open": "QueryMemory",
    "projection": "ProjectionMemory",
    "publisher": "ProjectionMemory",
}
RESERVED = {
    "command": "HttpReservedConcurrency",
    "query": "HttpReservedConcurrency",
    "open": "HttpReservedConcurrency",
    "projection": "ProjectionReservedConcurrency",
    "publisher": "ProjectionReservedConcurrency",
    "reaction": "ProjectionReservedConcurrency",
    "operator": "OperatorReservedConcurrency",
}
TIMEOUTS = {
    "command": "CommandTimeout",
    "reaction": "CommandTimeout",
    "projection": "ProjectionTimeout",
    "publisher": "ProjectionTimeout",
}
BUILT = {"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": [{"Ref": "Architecture"}]}


def longest(template, value):
    """Returns the largest value that a property can have: a literal, or what its parameter allows."""
    return template["Parameters"][value["Ref"]].get("MaxValue", float("inf")) if isinstance(value, dict) else value


def built(name, function):
    for key, expected in BUILT.items():
        if function.get(key) != expected:
            yield f"{name} must have {key} {expected}, because `cargo lambda` builds it so"


def parameters(name, function, side):
    if side in MEMORY and function.get("MemorySize") != {"Ref": MEMORY[side]}:
        yield f"{name} ({side}) must have the memory {MEMORY[side]}"
    if side in TIMEOUTS and function.get("Timeout") != {"Ref": TIMEOUTS[side]}:
        yield f"{name} ({side}) must have the timeout {TIMEOUTS[side]}"


def concurrency(name, function, side, settled):
    parameter = RESERVED[side]
    waits = "LONGEST_WAIT" in function["Environment"]["Variables"]
    if waits and settled["WaitingReservedConcurrency"] != "0":
        parameter = "WaitingReservedConcurrency"
    expected = {"Ref": parameter} if settled[parameter] != "0" else None
    if function.get("ReservedConcurrentExecutions") != expected:
        yield f"{name} ({side}) must reserve {parameter} instances exactly if it is not 0"


def timeouts(template, name, function, side):
    timeout = longest(template, function.get("Timeout", 3))
    if side in ("command", "query", "open") and timeout >= LONGEST_ANSWER:
        yield f"{name} may run {timeout} s, but API Gateway answers 503 after {LONGEST_ANSWER} s: lower the timeout"
    wait = longest(template, function["Environment"]["Variables"].get("LONGEST_WAIT", 0))
    if wait >= timeout:
        yield f"{name} may wait {wait} s, but runs at most {timeout} s: raise the timeout, or lower the wait"


def problems(template):
    settled = template["Metadata"]["Settled"]
    side_of = sides(template["Resources"])
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        if name not in side_of:
            yield f"{name} has neither a route nor an event source, and is no operator"
            continue
        yield from built(name, function)
        yield from parameters(name, function, side_of[name])
        yield from concurrency(name, function, side_of[name], settled)
        yield from timeouts(template, name, function, side_of[name])


if __name__ == "__main__":
    sys.exit(run("settings", problems))
