"""Evaluates the burn-rate alarms of settled templates with numbers: which of them a given load raises.

It also proves that the evaluation can fail: each copy of the first template with a planted fault must have a problem.

    slo.py <settled.json>...
"""

import ast
import copy
import json
import operator
import pathlib
import re
import sys

# Google, "The Site Reliability Workbook", chapter 5, table 5-8: the windows of a fast and of a slow burn in seconds, and
# the burn rate that raises the alarm.
WINDOWS = {"Fast": ({3600, 300}, 14.4), "Slow": ({21600, 1800}, 6)}
# The longest window.
MINUTES = 360
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def minute(requests=1000, failed=0.0, faults=None, late=0.0, runs=True):
    """Returns the samples of one minute: for each metric, pairs of a value and how often it was recorded.

    `failed` and `late` are shares. `faults` is the share of 5xx at the API, which is `failed` unless the functions do
    not run at all.
    """
    faults = failed if faults is None else faults
    samples = {"Count": [(1, requests)], "5xx": [(1, requests * faults), (0, requests * (1 - faults))]}
    if runs:
        samples["FailedRequests"] = [(1, requests * failed), (0, requests * (1 - failed))]
        samples["ViewLag"] = [(60000, requests * late), (200, requests * (1 - late))]
    return samples if requests else {}


def ago(minutes, recent, before=None):
    """Returns six hours of minutes, the newest last. The last `minutes` are `recent`, and the others `before`."""
    return [before or minute()] * (MINUTES - minutes) + [recent] * minutes


def burst(bad):
    """Returns six hours with ten minutes of `bad` that ended ten minutes ago."""
    return [minute()] * (MINUTES - 20) + [bad] * 10 + [minute()] * 10


# For each load: the parameters that differ from the defaults, the minutes, and the alarms that must be raised.
LOADS = {
    "no request": ({}, ago(MINUTES, minute(requests=0)), set()),
    "no failure": ({}, ago(MINUTES, minute()), set()),
    "half of the budget": ({}, ago(MINUTES, minute(failed=0.0005, late=0.005)), set()),
    "2 % failed for an hour": ({}, ago(60, minute(failed=0.02)), {"AvailabilityFastBurnAlarm"}),
    "2 % failed for an hour, and 95 % are allowed": ({"AvailabilityTarget": "95"}, ago(60, minute(failed=0.02)), set()),
    "failures that ended ten minutes ago": ({}, burst(minute(failed=0.5, late=1.0)), {"AvailabilitySlowBurnAlarm"}),
    "failures and delays that ended forty minutes ago": (
        {},
        ago(40, minute(), minute(failed=0.009, late=0.09)),
        set(),
    ),
    "failures that have just begun": ({}, ago(5, minute(failed=0.1, late=0.3)), set()),
    "0.8 % failed for six hours": ({}, ago(MINUTES, minute(failed=0.008)), {"AvailabilitySlowBurnAlarm"}),
    "functions do not start": (
        {},
        ago(60, minute(faults=1.0, runs=False)),
        {"AvailabilityFastBurnAlarm", "AvailabilitySlowBurnAlarm"},
    ),
    "commands of batches fail": ({}, ago(60, minute(failed=0.02, faults=0.0)), {"AvailabilityFastBurnAlarm"}),
    "20 % late for an hour": ({}, ago(60, minute(late=0.2)), {"FreshnessFastBurnAlarm"}),
    "a limit that no view exceeds": ({"FreshnessLimit": "60000"}, ago(MINUTES, minute(late=0.2)), set()),
    "8 % late for six hours": ({}, ago(MINUTES, minute(late=0.08)), {"FreshnessSlowBurnAlarm"}),
}


def statistic(name, samples):
    """Returns a statistic of `samples`, or None without samples.

    Amazon CloudWatch User Guide, "CloudWatch statistics definitions": `PR(:m)` is the percentage of the samples that are
    at most `m`.
    """
    number = sum(count for _, count in samples)
    if not number:
        return None
    if rank := re.fullmatch(r"PR\(:(\d+)\)", name):
        return 100 * sum(count for value, count in samples if value <= int(rank[1])) / number
    total = sum(value * count for value, count in samples)
    return {"Sum": total, "Average": total / number}[name]


def math(node, values):
    """Evaluates metric math. None stands for missing data.

    Amazon CloudWatch User Guide, "Using math expressions with CloudWatch metrics": arithmetic with a missing value and a
    division by zero give no value; `FILL` replaces missing values.
    """
    match node:
        case ast.Expression(body=body):
            return math(body, values)
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right):
            left, right = math(left, values), math(right, values)
            if left is None or right is None or (isinstance(op, ast.Div) and not right):
                return None
            return OPERATORS[type(op)](left, right)
        case ast.Call(func=ast.Name(id="FILL"), args=[value, filling]):
            value = math(value, values)
            return math(filling, values) if value is None else value
        case ast.Call(func=ast.Name(id="SUM"), args=[ast.List(elts=elements)]):
            # AWS does not document the sum of an array with a missing value, so no alarm may rely on one.
            summands = [math(one, values) for one in elements]
            return None if None in summands else sum(summands)
        case ast.Call(func=ast.Name(id="MAX"), args=[ast.List(elts=elements)]):
            return max((value for one in elements if (value := math(one, values)) is not None), default=None)
    raise ValueError(f"{ast.unparse(node)} is not known here")


def text(value, parameters):
    """Returns a text with the values of its parameters."""
    template = value["Fn::Sub"] if isinstance(value, dict) else value
    return re.sub(r"\$\{(\w+)\}", lambda name: parameters[name[1]], template)


def is_raised(alarm, parameters, minutes):
    values = {}
    for query in (one for one in alarm["Metrics"] if "MetricStat" in one):
        stat = query["MetricStat"]
        window = minutes[-(stat["Period"] // 60) :]
        samples = [sample for one in window for sample in one.get(stat["Metric"]["MetricName"], ())]
        values[query["Id"]] = statistic(text(stat["Stat"], parameters), samples)
    [expression] = (one["Expression"] for one in alarm["Metrics"] if "Expression" in one)
    burn = math(ast.parse(text(expression, parameters), mode="eval"), values)
    if alarm["ComparisonOperator"] != "GreaterThanThreshold" or alarm["TreatMissingData"] != "notBreaching":
        raise ValueError("the comparison of a burn-rate alarm is not known here")
    return burn is not None and burn > alarm["Threshold"]


def windows(rule):
    """Returns the alarms that a composite alarm needs, all of them. Returns none for a rule of another form."""
    names = [re.fullmatch(r'ALARM\("\$\{(\w+)\}"\)', one) for one in rule["Fn::Sub"].split(" AND ")]
    return [name[1] for name in names] if all(names) else []


def of_type(template, kind):
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def problems(template):
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    composites = {name: windows(one["AlarmRule"]) for name, one in of_type(template, "AWS::CloudWatch::CompositeAlarm").items()}
    for name, parts in composites.items():
        [speed] = (speed for speed in WINDOWS if f"{speed}Burn" in name)
        if len(parts) != 2:
            yield f"{name} must need both of its windows: join their alarms by AND"
            return
        periods = [{one["MetricStat"]["Period"] for one in alarms[part]["Metrics"] if "MetricStat" in one} for part in parts]
        if any(len(one) != 1 for one in periods) or set.union(*periods) != WINDOWS[speed][0]:
            yield f"{name} has the windows {periods}, not one period in each of {WINDOWS[speed][0]}"
        if any(alarms[part]["Threshold"] != WINDOWS[speed][1] or alarms[part]["EvaluationPeriods"] != 1 for part in parts):
            yield f"{name} is not raised at a burn rate of {WINDOWS[speed][1]}"
    defaults = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
    for load, (given, minutes, expected) in LOADS.items():
        raised = {
            name
            for name, parts in composites.items()
            if all(is_raised(alarms[part], defaults | given, minutes) for part in parts)
        }
        if raised != expected:
            yield f"{load}: {sorted(raised)} are raised, not {sorted(expected)}"


def broken(template):
    """Yields copies of a template that each break one burn-rate alarm."""

    def copied(names, change):
        result = copy.deepcopy(template)
        for name in names.split():
            change(result["Resources"][name]["Properties"])
        return result

    def metric(alarm, name):
        return next(one for one in alarm["Metrics"] if one["Id"] == name)

    def expression(old, new):
        def change(alarm):
            burn = metric(alarm, "burn")
            assert old in burn["Expression"]["Fn::Sub"], old
            burn["Expression"]["Fn::Sub"] = burn["Expression"]["Fn::Sub"].replace(old, new)

        return change

    for speed, tags in (("Fast", ("1h", "5m")), ("Slow", ("6h", "30m"))):
        for slo, metric_of_slo in (("Availability", "failed"), ("Freshness", "fresh")):
            for tag in tags:
                name = f"{slo}Burn{tag}Alarm"
                yield copied(name, lambda alarm: alarm.update(Threshold=10))
                yield copied(name, lambda alarm, one=metric_of_slo: metric(alarm, one)["MetricStat"].update(Period=600))
            one_window = {"Fn::Sub": f'ALARM("${{{slo}Burn{tags[0]}Alarm}}")'}
            yield copied(f"{slo}{speed}BurnAlarm", lambda alarm, rule=one_window: alarm.update(AlarmRule=rule))
    for tag in ("1h", "5m"):
        yield copied(f"AvailabilityBurn{tag}Alarm", expression("100 * ", ""))
        yield copied(f"AvailabilityBurn{tag}Alarm", expression("FILL(faults / requests, 0)", "0"))
        yield copied(f"AvailabilityBurn{tag}Alarm", expression("FILL(failed, 0)", "0"))
        yield copied(f"AvailabilityBurn{tag}Alarm", lambda alarm: metric(alarm, "faults")["MetricStat"].update(Stat="Average"))
        yield copied(f"FreshnessBurn{tag}Alarm", expression("(100 - fresh)", "fresh"))
        yield copied(f"FreshnessBurn{tag}Alarm", lambda alarm: metric(alarm, "fresh")["MetricStat"].update(Stat="PR(:100000)"))
    fast = "{0}Burn1hAlarm {0}Burn5mAlarm"
    yield copied(fast.format("Availability"), expression("(100 - ${AvailabilityTarget})", "0.1"))
    yield copied(fast.format("Freshness"), lambda alarm: metric(alarm, "fresh")["MetricStat"].update(Stat="PR(:10000)"))


def main(paths):
    templates = {path: json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths}
    wrong = [f"{path}: {problem}" for path, template in templates.items() for problem in problems(template)]
    unseen = [number for number, one in enumerate(broken(next(iter(templates.values())))) if not list(problems(one))]
    wrong += [f"the templates {unseen} with a planted fault have no problem"] if unseen else []
    print("\n".join(wrong) or f"service levels: {len(templates)} templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
