"""Checks that there are data behind the alarms and the dashboard of settled templates: each metric is one that the functions
declare in Rust, or one that AWS documents for an existing resource, with the dimensions that it has.

The test `monitoring` evaluates searches and expressions with the metrics of a tour. This check needs no tour.

    metrics.py <settled.json>...
"""

import functools
import json
import pathlib
import re
import sys

from alarms import NAMESPACE, dimensions, statistics
from checking import run
from functions import function_of, of_type

SOURCES = ("functions", "shared")
OWN = NAMESPACE["Fn::Sub"]
DECLARED = re.compile(r'Metric::(count|milliseconds)\("(\w+)"\)')
CONSTANT = re.compile(r'const (\w+): Metric = Metric::\w+\("(\w+)"\)')
# The problems of requests, whose names are outcomes: name, status, title.
PROBLEMS = pathlib.Path("shared/kit/http-api/src/problem.rs")
PROBLEM = re.compile(r'\(\s*"([a-z-]+)",\s*\d{3},')
# The metrics that AWS records, with the names of their dimensions, and the statistics that mean something. Sources: AWS
# Lambda Developer Guide, "Types of metrics for Lambda functions"; API Gateway Developer Guide, "Monitor CloudWatch metrics
# for HTTP APIs"; Amazon DynamoDB Developer Guide, "DynamoDB Metrics and dimensions"; Amazon Kinesis Data Streams Developer
# Guide, "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch"; Amazon SQS Developer Guide, "Available
# CloudWatch metrics for Amazon SQS".
SUM, TIME, MAXIMUM = {"Sum"}, {"p99", "Maximum"}, {"Maximum"}
TABLE, INDEX = {"TableName"}, {"TableName", "GlobalSecondaryIndexName"}
REPLICATED = {"DelegatedOperation", "TableName"}
OF_AWS = {
    ("AWS/Lambda", "Duration"): ([{"FunctionName"}], TIME),
    ("AWS/Lambda", "Errors"): ([{"FunctionName"}], SUM),
    ("AWS/Lambda", "Throttles"): ([{"FunctionName"}], SUM),
    ("AWS/Lambda", "IteratorAge"): ([{"FunctionName"}], MAXIMUM),
    ("AWS/ApiGateway", "5xx"): ([{"ApiId"}], SUM),
    ("AWS/ApiGateway", "Count"): ([{"ApiId"}], SUM),
    ("AWS/ApiGateway", "Latency"): ([{"ApiId"}], TIME),
    ("AWS/DynamoDB", "ReadThrottleEvents"): ([TABLE, INDEX], SUM),
    ("AWS/DynamoDB", "WriteThrottleEvents"): ([TABLE, INDEX], SUM),
    ("AWS/DynamoDB", "AgeOfOldestUnreplicatedRecord"): ([REPLICATED], MAXIMUM | {"MAX"}),
    ("AWS/DynamoDB", "FailedToReplicateRecordCount"): ([REPLICATED], SUM | {"SUM"}),
    ("AWS/DynamoDB", "ThrottledPutRecordCount"): ([REPLICATED], SUM | {"SUM"}),
    ("AWS/Kinesis", "ReadProvisionedThroughputExceeded"): ([{"StreamName"}], SUM),
    ("AWS/Kinesis", "WriteProvisionedThroughputExceeded"): ([{"StreamName"}], SUM),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ([{"QueueName"}], MAXIMUM),
}
SELECT = re.compile(r"SELECT (\w+)\((\w+)\) FROM SCHEMA\(\"([\w/]+)\", ([\w, ]+)\)\s+WHERE TableName = '(.+)'")
SEARCH = re.compile(r"SEARCH\('\{\"?([\w/${}:-]+)\"?,([\w,]+)\} MetricName=\"(\w+)\"(?: TableName=\"(.+)\")?', '(\w+)', \d+\)")
# The filter counts each request that was answered with 429, except health checks.
COUNTED = '{ ($.status = "429") && ($.routeKey != "GET /health") && ($.routeKey != "HEAD /health") }'


@functools.cache
def declared():
    """Returns the metrics of the functions: the unit of each, those by outcome, and those that are 1 or 0."""
    units, by_outcome, shares = {}, set(), set()
    for path in (path for folder in SOURCES for path in pathlib.Path(folder).glob("**/src/**/*.rs")):
        source = path.read_text(encoding="utf-8")
        units |= {name: unit for unit, name in DECLARED.findall(source)}
        for constant, name in CONSTANT.findall(source):
            if re.search(rf"\.outcome\({constant}\b", source):
                by_outcome.add(name)
            if re.search(rf"\.failed\({constant}\b", source):
                shares.add(name)
    return units, by_outcome, shares


@functools.cache
def outcomes():
    """Returns the names of the problems, which are the outcomes of failed commands and queries."""
    return set(PROBLEM.findall(PROBLEMS.read_text(encoding="utf-8")))


def filtered(template):
    """Returns the metrics that filters of logs count."""
    filters = of_type(template, "AWS::Logs::MetricFilter").values()
    return {to["MetricName"] for one in filters for to in one["MetricTransformations"]}


def own(template, metric, keys, values, statistic):
    """Yields what is wrong with a metric of the functions or of a filter."""
    units, by_outcome, shares = declared()
    if metric in filtered(template):
        if keys or statistic != "Sum":
            yield f"{metric} of a filter has no dimension, and counts as Sum"
        return
    if metric not in units:
        yield f"no function records {metric}"
        return
    allowed = [set(), {"operation"}] + ([{"outcome"}, {"operation", "outcome"}] if metric in by_outcome else [])
    if keys not in allowed:
        yield f"{metric} does not have the dimensions {sorted(keys)}"
    elif "outcome" in values and values["outcome"] not in outcomes():
        yield f"no command and no query has the outcome {values['outcome']}"
    if units[metric] == "milliseconds":
        fits = statistic in TIME or str(statistic).startswith("PR(:")
    else:
        fits = statistic == ("Average" if metric in shares else "Sum")
    if not fits:
        yield f"{metric}, a number of {units[metric]}, has no use for the statistic {statistic}"


def tables(template):
    given = {"ExistingEventTable"} if template["Metadata"]["Settled"]["ExistingEventTable"] else set()
    return of_type(template, "AWS::DynamoDB::Table").keys() | given


def exists(template, namespace, metric, values):
    """Tells whether the values of the dimensions are resources of the template that have the metric."""
    resource = next(iter(values.values()), None)
    match namespace, resource:
        case "AWS/Lambda", {"Ref": name}:
            mapped = {
                function_of(template, one["FunctionName"])
                for one in of_type(template, "AWS::Lambda::EventSourceMapping").values()
            }
            return name in (mapped if metric == "IteratorAge" else of_type(template, "AWS::Lambda::Function"))
        case "AWS/ApiGateway", {"Ref": name}:
            return name in of_type(template, "AWS::ApiGatewayV2::Api")
        case "AWS/Kinesis", {"Ref": name}:
            return name in of_type(template, "AWS::Kinesis::Stream")
        case "AWS/SQS", {"Fn::GetAtt": [name, "QueueName"]}:
            return name in of_type(template, "AWS::SQS::Queue")
        case "AWS/DynamoDB", _:
            named = values.get("TableName")
            table = named.get("Ref") if isinstance(named, dict) else None
            properties = template["Resources"].get(table, {}).get("Properties", {})
            indexes = {one["IndexName"] for one in properties.get("GlobalSecondaryIndexes", ())}
            return table in tables(template) and values.get("GlobalSecondaryIndexName") in indexes | {None}
    return False


def faults(template, namespace, metric, values, statistic, keys=None):
    """Yields what is wrong with one metric. `keys` are the names of the dimensions of a search, which names no values."""
    keys = set(values) if keys is None else keys
    if namespace == OWN:
        yield from own(template, metric, keys, values, statistic)
        return
    if (namespace, metric) not in OF_AWS:
        yield f"{namespace} has no metric {metric} that this check knows: see OF_AWS"
        return
    dimensioned, fitting = OF_AWS[namespace, metric]
    if keys not in dimensioned:
        yield f"{metric} does not have the dimensions {sorted(keys)}"
    elif not exists(template, namespace, metric, values):
        yield f"no resource {values} records {metric}"
    if statistic not in fitting:
        yield f"{metric} has no use for the statistic {statistic}"


def reference(text):
    """Returns the reference in a text with a substitution such as `${Name}` or `${Name.QueueName}`."""
    found = re.fullmatch(r"\$\{(\w+)(?:\.(\w+))?\}", text)
    if not found:
        return text
    return {"Fn::GetAtt": [found[1], found[2]]} if found[2] else {"Ref": found[1]}


def substituted(value):
    """Returns the text of `Fn::Sub` with its own variables replaced. References to other resources stay as they are."""
    match value:
        case {"Fn::Sub": [text, variables]}:
            for name, inner in variables.items():
                text = text.replace(f"${{{name}}}", substituted(inner))
            return text
        case {"Fn::Sub": str(text)}:
            return text
        case {"Ref": name}:
            return f"${{{name}}}"
    return str(value)


def expression(template, text):
    """Yields what is wrong with a query of Metrics Insights or a search."""
    if text.startswith("SELECT "):
        if not (found := SELECT.fullmatch(text.strip())):
            yield f"{text} is not a query that this check knows"
            return
        statistic, metric, namespace, keys, table = found.groups()
        yield from faults(template, namespace, metric, {"TableName": reference(table)}, statistic, set(keys.split(", ")))
    elif text.startswith("SEARCH("):
        if not (found := SEARCH.fullmatch(text.strip())):
            yield f"{text} is not a search that this check knows"
            return
        namespace, keys, metric, table, statistic = found.groups()
        values = {"TableName": reference(table)} if table else {}
        yield from faults(template, namespace, metric, values, statistic, set(keys.split(",")))


def of_alarms(template):
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm").items():
        stats = {one["Id"]: one["MetricStat"]["Stat"] for one in alarm.get("Metrics", ()) if "MetricStat" in one}
        given = list(stats.values()) or [alarm.get("Statistic") or alarm.get("ExtendedStatistic")]
        for metric, statistic in zip(statistics(alarm), given):
            namespace = substituted(metric["Namespace"])
            for fault in faults(template, namespace, metric["MetricName"], dimensions(metric), substituted(statistic)):
                yield f"{name}: {fault}"
        for one in alarm.get("Metrics", ()):
            for fault in expression(template, substituted(one.get("Expression", ""))):
                yield f"{name}: {fault}"
        if "Metrics" not in alarm and "MetricName" not in alarm:
            yield f"{name} reads no metric"


def of_dashboards(template):
    for dashboard in of_type(template, "AWS::CloudWatch::Dashboard").values():
        for widget in json.loads(substituted(dashboard["DashboardBody"]))["widgets"]:
            properties = widget["properties"]
            for row in properties["metrics"]:
                options = row[-1] if isinstance(row[-1], dict) else {}
                names = [one for one in row if isinstance(one, str)]
                found = expression(template, options.get("expression", ""))
                if names:
                    values = {key: reference(value) if value.startswith("${") else value for key, value in zip(names[2::2], names[3::2])}
                    found = faults(template, names[0], names[1], values, options.get("stat", properties.get("stat")))
                for fault in found:
                    yield f"the widget {properties['title']}: {fault}"


def of_filters(template):
    for name, one in of_type(template, "AWS::Logs::MetricFilter").items():
        if one["FilterPattern"] != COUNTED or one["LogGroupName"] != {"Ref": "HttpApiLogGroup"}:
            yield f"{name} must count the 429 in the access log, except those of /health"
        if any(to["MetricValue"] != "1" for to in one["MetricTransformations"]):
            yield f"{name} must count each line once"


def problems(template):
    for check in (of_alarms, of_dashboards, of_filters):
        yield from check(template)


if __name__ == "__main__":
    sys.exit(run("metrics", problems))
