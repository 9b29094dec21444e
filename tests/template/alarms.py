"""Checks the alarms of settled templates: none is missing, no metric math lists functions or searches, each says what it
means and what to do, and each has the same actions, unless it is a part of a composite alarm that has them. The functions'
own metrics are in a namespace of their stack.

It also proves that the checks can fail: each copy of the first template with a planted fault must have one problem.

    alarms.py <settled.json>...
"""

import ast
import copy
import json
import pathlib
import re
import sys

from functions import function_of, of_type
from slo import math

# Amazon CloudWatch User Guide, "Limits that apply to alarms based on metric math expressions".
MAX_METRICS = 10
# The metrics that need an alarm: for each function that a stream invokes, and for each operator function.
OF_STREAM = {"IteratorAge", "Errors", "Throttles"}
OF_OPERATOR = {"Errors"}
# The metrics of the HTTP API cover all functions behind it.
OF_API = {"5xx", "Count"}
# The sentence of a description that says what to do begins with one of these words.
ACTIONS = ("First ", "Raise ", "Run ")
# Each stack has a namespace of its own, so the metrics of two stacks in one account stay apart.
NAMESPACE = {"Fn::Sub": "cqrs-ecommerce/${AWS::StackName}"}


def statistics(alarm):
    """Returns the metrics that an alarm reads, with their namespaces, names and dimensions."""
    metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
    return [alarm] if "MetricName" in alarm else metrics


def name_of(query):
    """Returns the namespace and the name of the metric that a query of an alarm reads."""
    metric = query.get("MetricStat", {}).get("Metric", {})
    return metric.get("Namespace"), metric.get("MetricName")


def dimensions(metric):
    return {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}


def actions(parameters):
    if parameters["AlarmTopicArn"]:
        return [{"Ref": "AlarmTopicArn"}]
    return [{"Ref": "AlarmTopic"}] if parameters["AlarmEmail"] else None


def evaluations(name, alarm):
    """Yields what is wrong with the periods of an alarm and with its treatment of missing data."""
    # Amazon CloudWatch API Reference, "PutMetricAlarm": a period is a multiple of 60 s, and all evaluation periods
    # together are at most seven days, or one day if the period is shorter than an hour.
    stats = [one["MetricStat"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
    periods = {one["Period"] for one in [alarm, *stats, *alarm.get("Metrics", ())] if "Period" in one}
    if len(periods) != 1 or any(one % 60 for one in periods):
        yield f"{name} has the periods {sorted(periods)}: use one, a multiple of 60"
    elif max(periods) * alarm["EvaluationPeriods"] > (604800 if max(periods) >= 3600 else 86400):
        yield f"{name} evaluates too long a time: use fewer or shorter periods"
    if not 1 <= alarm.get("DatapointsToAlarm", 1) <= alarm["EvaluationPeriods"]:
        yield f"{name} needs more data points than it evaluates: lower DatapointsToAlarm"
    if alarm.get("TreatMissingData") != "notBreaching":
        yield f"{name} is raised or undecided without requests: set TreatMissingData to notBreaching"


def sums(name, alarm):
    """Yields what is wrong with an alarm on a sum of faults: each fault alone must raise it, and no data must not."""
    expression = next((one["Expression"] for one in alarm.get("Metrics", ()) if "Expression" in one), "")
    if not str(expression).startswith("SUM("):
        return
    tree = ast.parse(expression, mode="eval")
    none = {one["Id"]: None for one in alarm["Metrics"] if "MetricStat" in one}
    if math(tree, none) != 0:
        yield f"{name} has no value without faults: fill each metric with 0"
        return
    for fault in none:
        if not (value := math(tree, none | {fault: alarm["Threshold"] + 1})) or value <= alarm["Threshold"]:
            yield f"{name} is not raised by {fault} alone: add it to the sum"


def namespaces(template):
    """Yields the functions, alarms and filters whose metrics are in another namespace than the stack's."""
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        if function.get("Environment", {}).get("Variables", {}).get("METRICS_NAMESPACE") != NAMESPACE:
            yield f"{name} must have METRICS_NAMESPACE {NAMESPACE}"
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        spaces = (one["Namespace"] for one in statistics(alarm))
        if any(one != NAMESPACE and not str(one).startswith("AWS/") for one in spaces):
            yield f"{name} reads another namespace than {NAMESPACE}"
    for name, one in of_type(template, "AWS::Logs::MetricFilter").items():
        if any(to["MetricNamespace"] != NAMESPACE for to in one["MetricTransformations"]):
            yield f"{name} must write to the namespace {NAMESPACE}"


def parts(template):
    """Returns the alarms that composite alarms watch."""
    rules = [one["AlarmRule"]["Fn::Sub"] for one in of_type(template, "AWS::CloudWatch::CompositeAlarm").values()]
    return {name for rule in rules for name in re.findall(r'ALARM\("\$\{(\w+)\}"\)', rule)}


def sources(template):
    """Yields the functions without a route, each with the metrics that need an alarm."""
    streams = {function_of(template, one["FunctionName"]) for one in of_type(template, "AWS::Lambda::EventSourceMapping").values()}
    permissions = of_type(template, "AWS::Lambda::Permission").values()
    routes = {function_of(template, one["FunctionName"]) for one in permissions if one["Principal"] == "apigateway.amazonaws.com"}
    for function in of_type(template, "AWS::Lambda::Function"):
        if function in streams:
            yield function, OF_STREAM
        elif function not in routes:
            yield function, OF_OPERATOR


def problems(template):
    yield from namespaces(template)
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    read = [(one["Namespace"], one["MetricName"], dimensions(one)) for alarm in alarms.values() for one in statistics(alarm)]
    for function, metrics in sources(template):
        for metric in sorted(metrics):
            if ("AWS/Lambda", metric, {"FunctionName": {"Ref": function}}) not in read:
                yield f"{function} has no alarm for {metric}: add one below the function"
    for metric in sorted(OF_API):
        if ("AWS/ApiGateway", metric, {"ApiId": {"Ref": "HttpApi"}}) not in read:
            yield f"the HTTP API has no alarm for {metric}: add one"
    for name, alarm in alarms.items():
        yield from evaluations(name, alarm)
        yield from sums(name, alarm)
        metrics = statistics(alarm)
        if len(metrics) > MAX_METRICS:
            yield f"{name} has {len(metrics)} metrics, but at most {MAX_METRICS} are allowed: split the alarm"
        listed = {"FunctionName", "operation"} & {key for metric in metrics for key in dimensions(metric)}
        if "Metrics" in alarm and listed:
            yield f"{name} lists functions in metric math, which would forget a new one: use one alarm per function"
        if "SEARCH(" in json.dumps(alarm.get("Metrics", ())):
            yield f"{name} searches for metrics, which an alarm cannot do: name the metrics"
    for name, alarm in (alarms | of_type(template, "AWS::CloudWatch::CompositeAlarm")).items():
        expected = None if name in parts(template) else actions(template["Metadata"]["Settled"])
        if alarm.get("AlarmActions") != expected:
            yield f"{name} does not notify the topic of the parameters: use the AlarmActions of the other alarms"
        sentences = re.split(r"(?<=[.;])\s+", alarm.get("AlarmDescription", ""))
        if sentences[0].startswith(ACTIONS) or not any(one.startswith(ACTIONS) for one in sentences):
            yield f"{name} must say what it means, and then what to do in a sentence that begins with one of {ACTIONS}"


def broken(template):
    """Yields copies of a template that each break one rule."""

    def copied(change):
        result = copy.deepcopy(template)
        change(of_type(result, "AWS::CloudWatch::Alarm") | of_type(result, "AWS::CloudWatch::CompositeAlarm"), result)
        return result

    composites = of_type(template, "AWS::CloudWatch::CompositeAlarm")
    for name, alarm in (of_type(template, "AWS::CloudWatch::Alarm") | composites).items():
        if alarm.get("Namespace") == "AWS/Lambda":
            yield copied(lambda _, result, name=name: result["Resources"].pop(name))
            yield copied(lambda alarms, _, name=name: alarms[name].pop("Dimensions"))
        yield copied(lambda alarms, _, name=name: alarms[name].update(AlarmActions=["elsewhere"]))
        if "AlarmActions" in alarm:
            yield copied(lambda alarms, _, name=name: alarms[name].pop("AlarmActions"))
        yield copied(lambda alarms, _, name=name: alarms[name].update(AlarmDescription="It is late. Nobody knows why."))
        if name not in composites:
            yield copied(lambda alarms, _, name=name: alarms[name].pop("TreatMissingData"))
            many = alarm["EvaluationPeriods"] + 1
            yield copied(lambda alarms, _, name=name, many=many: alarms[name].update(DatapointsToAlarm=many))
            yield copied(lambda alarms, _, name=name: alarms[name].update(EvaluationPeriods=2000, DatapointsToAlarm=1))
            yield copied(lambda alarms, _, name=name: (alarms[name].get("Metrics") or [alarms[name]])[0].update(Period=90))
        text = str(alarm.get("Metrics", [{}])[0].get("Expression", ""))
        for filled in re.findall(r"FILL\(\w+, 0\)", text) if text.startswith("SUM(") else ():
            for other in (filled[5:-4], "0"):
                to = text.replace(filled, other)
                yield copied(lambda alarms, _, name=name, to=to: alarms[name]["Metrics"][0].update(Expression=to))
        if alarm.get("Namespace") == NAMESPACE:
            yield copied(lambda alarms, _, name=name: alarms[name].update(Namespace="cqrs-ecommerce"))
    for name in of_type(template, "AWS::Lambda::Function"):
        variables = lambda result, name=name: result["Resources"][name]["Properties"]["Environment"]["Variables"]
        yield copied(lambda _, result, of=variables: of(result).pop("METRICS_NAMESPACE"))
        yield copied(lambda _, result, of=variables: of(result).update(METRICS_NAMESPACE="cqrs-ecommerce"))
    for name in of_type(template, "AWS::Logs::MetricFilter"):
        to = lambda result, name=name: result["Resources"][name]["Properties"]["MetricTransformations"][0]
        yield copied(lambda _, result, of=to: of(result).update(MetricNamespace="cqrs-ecommerce"))
    another = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "AWS/SQS", "MetricName": "m"}, "Period": 60}}
    yield copied(lambda alarms, _: alarms["ServerErrorRatioAlarm"]["Metrics"].extend([another] * 9))
    listed = copy.deepcopy(another)
    listed["MetricStat"]["Metric"]["Dimensions"] = [{"Name": "FunctionName", "Value": "f"}]
    yield copied(lambda alarms, _: alarms["ServerErrorRatioAlarm"]["Metrics"].append(listed))

    def uncounted(alarms, _):
        for alarm in alarms.values():
            if "Metrics" in alarm:
                alarm["Metrics"] = [one for one in alarm["Metrics"] if ("AWS/ApiGateway", "Count") != name_of(one)]

    yield copied(uncounted)
    searching = {"Id": "m", "Expression": "SUM(SEARCH('{AWS/Lambda,FunctionName}', 'Sum', 60))"}
    yield copied(lambda alarms, _: alarms["ServerErrorRatioAlarm"]["Metrics"].append(searching))


def main(paths):
    templates = {path: json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths}
    wrong = [f"{path}: {problem}" for path, template in templates.items() for problem in problems(template)]
    # The second template sends its alarms, so each of its alarms can lack its actions.
    sending = next(one for one in templates.values() if one["Metadata"]["Settled"]["AlarmTopicArn"])
    planted = [*broken(next(iter(templates.values()))), *broken(sending)]
    unseen = [found for one in planted if len(found := list(problems(one))) != 1]
    if unseen:
        wrong.append(f"{len(unseen)} templates with a planted fault do not have exactly one problem, such as {unseen[0]}")
    print("\n".join(wrong) or f"alarms: {len(templates)} templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
