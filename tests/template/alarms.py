"""Checks the alarms of settled templates: none is missing, no metric math lists functions, all have the same actions.

It also proves that the checks can fail: each copy of the first template with a planted fault must have one problem.

    alarms.py <settled.json>...
"""

import copy
import json
import pathlib
import sys

# Amazon CloudWatch User Guide, "Limits that apply to alarms based on metric math expressions".
MAX_METRICS = 10
# The metrics that need an alarm: for each function that a stream invokes, and for each operator function.
OF_STREAM = {"IteratorAge", "Errors", "Throttles"}
OF_OPERATOR = {"Errors"}
# The metrics of the HTTP API cover all functions behind it.
OF_API = {"5xx", "Count"}


def of_type(template, kind):
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def statistics(alarm):
    """Returns the metrics that an alarm reads, with their namespaces, names and dimensions."""
    metrics = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
    return [alarm] if "MetricName" in alarm else metrics


def dimensions(metric):
    return {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}


def actions(parameters):
    if parameters["AlarmTopicArn"]:
        return [{"Ref": "AlarmTopicArn"}]
    return [{"Ref": "AlarmTopic"}] if parameters["AlarmEmail"] else None


def sources(template):
    """Yields the functions without a route, each with the metrics that need an alarm."""
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
                yield f"{function} has no alarm for {metric}: add one below the function"
    for metric in sorted(OF_API):
        if ("AWS/ApiGateway", metric, {"ApiId": {"Ref": "HttpApi"}}) not in read:
            yield f"the HTTP API has no alarm for {metric}: add one"
    for name, alarm in alarms.items():
        metrics = statistics(alarm)
        if len(metrics) > MAX_METRICS:
            yield f"{name} has {len(metrics)} metrics, but at most {MAX_METRICS} are allowed: split the alarm"
        listed = {"FunctionName", "operation"} & {key for metric in metrics for key in dimensions(metric)}
        if "Metrics" in alarm and listed:
            yield f"{name} lists functions in metric math, which would forget a new one: use one alarm per function"
        if alarm.get("AlarmActions") != actions(template["Metadata"]["Settled"]):
            yield f"{name} does not notify the topic of the parameters: use the AlarmActions of the other alarms"


def broken(template):
    """Yields copies of a template that each break one rule."""

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
    wrong += [f"{len(unseen)} templates with a planted fault do not have exactly one problem"] if unseen else []
    print("\n".join(wrong) or f"alarms: {len(templates)} templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
