"""Checks how many instances queries can occupy that wait for a version, by default and in each environment.

A waiting request occupies an instance, and the projection that it waits for needs instances as well. So the waits must
leave instances. The script also proves that the checks can fail: each planted fault must have one problem.

    waiting.py <expanded.json>
"""

import copy
import json
import pathlib
import sys
import tomllib

from functions import function_in, of_type
from settle import settle

CONFIG = pathlib.Path("samconfig.toml")
ENVIRONMENTS = ("dev", "staging", "prod")
# Concurrent instances of an account, and those that no function can reserve. (Source: AWS Lambda Developer Guide,
# "Lambda quotas" and "Configuring reserved concurrency for a function".) New accounts have fewer until AWS raises them.
QUOTA, UNRESERVED = 1000, 100
# The share of the account's instances that may wait at the same time.
WAITING_SHARE = 0.75


def value(template, expression):
    """Returns the value of a property that is a parameter or a literal, as a number."""
    return int(template["Metadata"]["Settled"][expression["Ref"]] if isinstance(expression, dict) else expression)


def routes(template):
    """Yields each route, as METHOD path, with the logical id of its function."""
    for api in of_type(template, "AWS::ApiGatewayV2::Api").values():
        for path, methods in api["Body"]["paths"].items():
            for method, operation in methods.items():
                uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
                yield f"{method.upper()} {path}", function_in(template, uri)


def waiting(template):
    functions = of_type(template, "AWS::Lambda::Function")
    return {name: one for name, one in functions.items() if "LONGEST_WAIT" in one["Environment"]["Variables"]}


def throttles(template):
    """Yields the problems of the throttles, and returns the sum of waiting requests that they let through, by function."""
    (stage,) = of_type(template, "AWS::ApiGatewayV2::Stage").values()
    settings, usual = stage["RouteSettings"], stage["DefaultRouteSettings"]
    longest = {name: value(template, one["Environment"]["Variables"]["LONGEST_WAIT"]) for name, one in waiting(template).items()}
    sums = dict.fromkeys(longest, 0)
    for route, function in routes(template):
        if function not in longest:
            continue
        if route not in settings:
            yield f"{route} can wait and needs a throttle of its own in RouteSettings"
            continue
        rate, burst = (value(template, settings[route][f"Throttling{one}Limit"]) for one in ("Rate", "Burst"))
        if rate >= value(template, usual["ThrottlingRateLimit"]):
            yield f"{route} can wait, so its rate must be lower than the rate of the other routes"
        sums[function] += rate * longest[function] + burst
    return sums


def instances(template):
    """Yields the problem of too many waiting requests: through the throttles, and in the reserved instances."""
    sums = yield from throttles(template)
    if not sums:
        yield "no function waits, so LONGEST_WAIT is nowhere"
    caps = {name: one.get("ReservedConcurrentExecutions") for name, one in waiting(template).items()}
    cap = template["Metadata"]["Settled"]["WaitingReservedConcurrency"]
    for name, given in caps.items():
        if cap != "0" and given != {"Ref": "WaitingReservedConcurrency"}:
            yield f"{name} must reserve WaitingReservedConcurrency"
    most = sum(min(number, value(template, caps[name]) if caps[name] else number) for name, number in sums.items())
    if most > WAITING_SHARE * QUOTA:
        yield (
            f"{most} requests may wait at the same time, more than {WAITING_SHARE:.0%} of {QUOTA} instances: lower "
            "WaitingThrottleRate or LongestWait, or set WaitingReservedConcurrency"
        )


def reservations(template):
    functions = of_type(template, "AWS::Lambda::Function").values()
    reserved = sum(value(template, one.get("ReservedConcurrentExecutions", 0)) for one in functions)
    if reserved > QUOTA - UNRESERVED:
        yield f"all functions together reserve {reserved} instances, but {QUOTA - UNRESERVED} can be reserved"


def problems(template):
    yield from instances(template)
    yield from reservations(template)


def overrides(environment):
    config = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
    return dict(pair.split("=", 1) for pair in config[environment]["deploy"]["parameters"]["parameter_overrides"])


def production(template):
    """Yields what production lacks: instances of its own for projections and for waits."""
    for name in ("ProjectionReservedConcurrency", "WaitingReservedConcurrency"):
        if template["Metadata"]["Settled"][name] == "0":
            yield f"{name} is 0, so other functions of the account can take all instances"


def planted(expanded):
    """Yields settled templates that each have one fault."""
    for given in (
        {"LongestWait": "20"},
        {"WaitingThrottleRate": "150"},
        {"WaitingThrottleBurst": "500"},
        {"ProjectionReservedConcurrency": "181"},
        {"WaitingReservedConcurrency": "300", "ProjectionReservedConcurrency": "61"},
    ):
        yield settle(expanded, given)
    template = settle(expanded, {})
    (stage,) = of_type(template, "AWS::ApiGatewayV2::Stage")
    for route, function in routes(template):
        if function in waiting(template):
            fault = copy.deepcopy(template)
            fault["Resources"][stage]["Properties"]["RouteSettings"].pop(route)
            yield fault
            fault = copy.deepcopy(template)
            settings = fault["Resources"][stage]["Properties"]
            settings["DefaultRouteSettings"]["ThrottlingRateLimit"] = 51
            settings["RouteSettings"][route] |= {"ThrottlingRateLimit": 51, "ThrottlingBurstLimit": 0}
            settings["RouteSettings"] |= {
                other: one | {"ThrottlingRateLimit": 1} for other, one in settings["RouteSettings"].items() if other != route
            }
            yield fault
    for function in waiting(template):
        fault = settle(expanded, {"WaitingReservedConcurrency": "150"})
        fault["Resources"][function]["Properties"].pop("ReservedConcurrentExecutions")
        yield fault


def of_environments(expanded):
    """Yields the problems of the default and of each environment."""
    yield from (f"default: {problem}" for problem in problems(settle(expanded, {})))
    for environment in ENVIRONMENTS:
        yield from (f"{environment}: {problem}" for problem in problems(settle(expanded, overrides(environment))))
    yield from (f"prod: {problem}" for problem in production(settle(expanded, overrides("prod"))))


def main(path):
    expanded = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    wrong = list(of_environments(expanded))
    if len(list(production(settle(expanded, {})))) != 2:
        wrong.append("the defaults reserve no instances, and that must be two problems in production")
    for number, fault in enumerate(planted(expanded)):
        if len(found := list(problems(fault))) != 1:
            wrong.append(f"planted fault {number} must have one problem, not {found}")
    print("\n".join(wrong) or "waiting: the default and every environment leave instances")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
