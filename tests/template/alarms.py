"""Checks the alarms of settled templates: none is missing, no metric math lists functions or searches, each says what it
means and what to do, and each has the same actions, unless it is a part of a composite alarm that has them.

It also proves that the checks can fail: each copy of the first template with a planted fault must have one problem.

    alarms.py <settled.json>...
"""

import copy
import json
import pathlib
import re
import sys

from functions import function_of, of_type

# Amazon CloudWatch User Guide, "Limits that apply to alarms based on metric math expressions".
MAX_METRICS = 10
# The metrics that need an alarm: for each function that a stream invokes, and for each operator function.
OF_STREAM = {"IteratorAge", "Errors", "Throttles"}
OF_OPERATOR = {"Errors"}
# The metrics of the HTTP API cover all functions behind it.
OF_API = {"5xx", "Count"}


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
        if "SEARCH(" in json.dumps(alarm.get("Metrics", ())):
            yield f"{name} searches for metrics, which an alarm cannot do: name the metrics"
    for name, alarm in (alarms | of_type(template, "AWS::CloudWatch::CompositeAlarm")).items():
        expected = None if name in parts(template) else actions(template["Metadata"]["Settled"])
        if alarm.get("AlarmActions") != expected:
            yield f"{name} does not notify the topic of the parameters: use the AlarmActions of the other alarms"
        if not re.search(r"\w\. [A-Z]", alarm.get("AlarmDescription", "")):
            yield f"{name} does not say what it means and what to do first: write two sentences"


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
        yield copied(lambda alarms, _, name=name: alarms[name].update(AlarmDescription="It is late."))
    another = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}}}
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
    unseen = [one for one in broken(next(iter(templates.values()))) if len(list(problems(one))) != 1]
    wrong += [f"{len(unseen)} templates with a planted fault do not have exactly one problem"] if unseen else []
    print("\n".join(wrong) or f"alarms: {len(templates)} templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
