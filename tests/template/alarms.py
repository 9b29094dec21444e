"""Checks the alarms of a settled template: none is missing, none lists functions, and all tell whom the parameters name.

First each check is seen to fail: on copies of the first template that lack an alarm, its dimension or its actions, or have
too much.

    alarms.py <settled.json>...
"""

import copy
import json
import pathlib
import sys

# Amazon CloudWatch User Guide, "Limits that apply to alarms based on metric math expressions".
MAX_METRICS = 10
OF_STREAM = {"IteratorAge", "Errors", "Throttles"}
OF_OPERATOR = {"Errors"}
# An HTTP API's own metrics cover every function behind it.
OF_API = {"5xx", "Count"}


def of_type(template, kind):
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def statistics(alarm):
    """The metrics that an alarm reads, each with its namespace, name and dimensions."""
    metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
    return [alarm] if "MetricName" in alarm else metrics


def dimensions(metric):
    return {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}


def actions(parameters):
    if parameters["AlarmTopicArn"]:
        return [{"Ref": "AlarmTopicArn"}]
    return [{"Ref": "AlarmTopic"}] if parameters["AlarmEmail"] else None


def sources(template):
    """What invokes each function: the metrics that must have an alarm follow from it."""
    streams = {one["FunctionName"]["Ref"] for one in of_type(template, "AWS::Lambda::EventSourceMapping").values()}
    permissions = of_type(template, "AWS::Lambda::Permission").values()
    routes = {one["FunctionName"]["Ref"] for one in permissions if one["Principal"] == "apigateway.amazonaws.com"}
    for function in of_type(template, "AWS::Lambda::Function"):
        if function in streams:
            yield function, OF_STREAM
        elif function not in routes:
            yield function, OF_OPERATOR


def problems(template):
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    read = [(one["Namespace"], one["MetricName"], dimensions(one)) for alarm in alarms.values() for one in statistics(alarm)]
    for function, metrics in sources(template):
        for metric in sorted(metrics):
            if ("AWS/Lambda", metric, {"FunctionName": {"Ref": function}}) not in read:
                yield f"{function} has no alarm on {metric}: add one below the function"
    for metric in sorted(OF_API):
        if ("AWS/ApiGateway", metric, {"ApiId": {"Ref": "HttpApi"}}) not in read:
            yield f"no alarm reads {metric} of the HTTP API"
    for name, alarm in alarms.items():
        metrics = statistics(alarm)
        if len(metrics) > MAX_METRICS:
            yield f"{name} has {len(metrics)} metrics, {MAX_METRICS} are the most: split it"
        listed = {"FunctionName", "operation"} & {key for metric in metrics for key in dimensions(metric)}
        if "Metrics" in alarm and listed:
            yield f"{name} has metric math over functions, so that a new one is forgotten in it"
        if alarm.get("AlarmActions") != actions(template["Metadata"]["Settled"]):
            yield f"{name} does not tell whom the parameters name: its AlarmActions are not those of the other alarms"


def broken(template):
    """Copies of a template that each break one rule, with the number of problems that they have."""

    def copied(change):
        result = copy.deepcopy(template)
        change(of_type(result, "AWS::CloudWatch::Alarm"), result)
        return result

    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        if alarm.get("Namespace") == "AWS/Lambda":
            yield copied(lambda _, result, name=name: result["Resources"].pop(name))
            yield copied(lambda alarms, _, name=name: alarms[name].pop("Dimensions"))
        yield copied(lambda alarms, _, name=name: alarms[name].update(AlarmActions=["elsewhere"]))
    another = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}}}
    yield copied(lambda alarms, _: alarms["ServerErrorRatioAlarm"]["Metrics"].extend([another] * 9))
    listed = copy.deepcopy(another)
    listed["MetricStat"]["Metric"]["Dimensions"] = [{"Name": "FunctionName", "Value": "f"}]
    yield copied(lambda alarms, _: alarms["ServerErrorRatioAlarm"]["Metrics"].append(listed))
    yield copied(lambda _, result: result["Resources"].pop("ServerErrorRatioAlarm"))


def main(paths):
    templates = {path: json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths}
    wrong = [f"{path}: {problem}" for path, template in templates.items() for problem in problems(template)]
    unseen = [one for one in broken(next(iter(templates.values()))) if len(list(problems(one))) != 1]
    wrong += [f"{len(unseen)} broken templates are not seen to be broken in just one way"] if unseen else []
    print("\n".join(wrong) or f"alarms: {len(templates)} templates are right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
