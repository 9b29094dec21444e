"""Checks in settled templates what invokes the functions without a route, and what happens to a failed invocation: the
mappings of the stream, the rules of the event bus, and the schedules.

    invocations.py <settled.json>...
"""

import sys

from checking import run
from functions import function_of, of_type

MAPPING, RULE, POLICY = "AWS::Lambda::EventSourceMapping", "AWS::Events::Rule", "AWS::SQS::QueuePolicy"
# The properties of every mapping of the stream. A batch that fails is split and repeated, only its unprocessed records are
# repeated, and a batch that Lambda gives up is reported. TRIM_HORIZON begins with the oldest record, so a new projection
# misses none.
OF_EVERY_MAPPING = {
    "BatchSize": {"Ref": "BatchSize"},
    "MaximumBatchingWindowInSeconds": {"Ref": "BatchWindow"},
    "ParallelizationFactor": {"Ref": "ParallelizationFactor"},
    "MaximumRetryAttempts": {"Ref": "MaximumRetryAttempts"},
    "MaximumRecordAgeInSeconds": {"Ref": "MaximumRecordAge"},
    "StartingPosition": "TRIM_HORIZON",
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "BisectBatchOnFunctionError": True,
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["StreamFailureQueue", "Arn"]}}},
}
REACTION_FAILURES = {"Fn::GetAtt": ["ReactionFailureQueue", "Arn"]}
# AWS Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation": two retries, and then
# the event goes to the destination.
REACTION_RETRIES = 2
# The functions that a schedule invokes, each with its rate and its input.
SCHEDULED = {
    "RebuildFunction": ("rate(1 minute)", '{"task": "build"}'),
    "ReconcileFunction": ("rate(5 minutes)", None),
}
# The next invocation of a schedule does the work of a failed one. One that waited longer than a minute is late.
NO_RETRY = {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}


def mappings(template):
    for name, mapping in of_type(template, MAPPING).items():
        for key, expected in OF_EVERY_MAPPING.items():
            if mapping.get(key) != expected:
                yield f"{name} must have {key} {expected}, not {mapping.get(key)}"
        if mapping.get("Enabled", True) is not True:
            yield f"{name} must be enabled"


def asynchronous(template):
    """Returns the settings of asynchronous invocations, by function."""
    configured = of_type(template, "AWS::Lambda::EventInvokeConfig").values()
    return {function_of(template, one["FunctionName"]): one for one in configured}


def reactions(template):
    rules = {name: one for name, one in of_type(template, RULE).items() if "EventPattern" in one}
    settings = asynchronous(template)
    for name, rule in rules.items():
        functions = {function_of(template, target["Arn"]) for target in rule["Targets"]}
        if any(target.get("DeadLetterConfig") != {"Arn": REACTION_FAILURES} for target in rule["Targets"]):
            yield f"{name} must keep undelivered events in ReactionFailureQueue"
        for function in functions:
            failures = settings.get(function, {}).get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
            if failures != REACTION_FAILURES or settings[function].get("MaximumRetryAttempts") != REACTION_RETRIES:
                yield f"{function} must be repeated {REACTION_RETRIES} times, and its events kept in ReactionFailureQueue"
        pattern = rule["EventPattern"]
        if rule.get("EventBusName") != {"Ref": "EventBusName"} or pattern.get("source") != [{"Ref": "EventSource"}]:
            yield f"{name} must select the events of EventSource on the bus EventBusName"
        if not pattern.get("detail-type"):
            yield f"{name} must select types of events, because other events are not for its function"
        replays = pattern.get("detail", {}).get("replayto", [])
        if {"exists": False} not in replays or rule.get("Name") not in replays or len(replays) != 2:
            yield f"{name} must get new events and the replays for its own name, and no others"
        if rule.get("State", "ENABLED") != "ENABLED":
            yield f"{name} must be enabled"
    if rules and not any(map(keeps_undelivered, of_type(template, POLICY).values())):
        yield "ReactionFailureQueue must accept the undelivered events of EventBridge: add a statement to its policy"


def keeps_undelivered(policy):
    """Tells whether the policy allows EventBridge to send the events of the stack's rules."""
    for statement in policy["PolicyDocument"]["Statement"]:
        rules = statement.get("Condition", {}).get("ArnLike", {}).get("aws:SourceArn", {}).get("Fn::Sub", "")
        if (
            statement["Effect"] == "Allow"
            and statement["Principal"] == {"Service": "events.amazonaws.com"}
            and (statement["Action"], statement["Resource"]) == ("sqs:SendMessage", REACTION_FAILURES)
            and rules.endswith(":rule/*${AWS::StackName}-*")
        ):
            return True
    return False


def schedules(template):
    rules = [one for one in of_type(template, RULE).values() if "ScheduleExpression" in one]
    found = {
        function_of(template, target["Arn"]): (rule["ScheduleExpression"], target.get("Input"))
        for rule in rules
        for target in rule["Targets"]
        if rule.get("State", "ENABLED") == "ENABLED"
    }
    if found != SCHEDULED:
        yield f"the schedules must be {SCHEDULED}, not {found}"
    settings = asynchronous(template)
    for function in SCHEDULED:
        if not NO_RETRY.items() <= settings.get(function, {}).items():
            yield f"{function} must have {NO_RETRY}, because its schedule invokes it again"


def problems(template):
    for check in (mappings, reactions, schedules):
        yield from check(template)


if __name__ == "__main__":
    sys.exit(run("invocations", problems))
