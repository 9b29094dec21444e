"""Checks in settled templates what the switch of the generations relies on.

- Both generations of the query table and the table of operations always exist, are alike, and are kept. No parameter
  decides which generation is live, so a deployment cannot change it.
- A function that may use one generation may do the same with the other one, and reads the switch.
- A cut-over waits until no invocation can act on the state before. functions/operators/src/rebuild/switching.rs computes
  this time from GENERATION_MAX_AGE and PROJECTION_TIMEOUT, and from 30 s for a query. No function may know an older state or
  run longer.

    generations.py <settled.json>...
"""

import copy
import json
import pathlib
import sys

from adoption import references
from deployment import value
from functions import function_of
from permissions import as_list, grants, referenced

TABLES = {"BLUE_QUERY_TABLE": "QueryTable", "GREEN_QUERY_TABLE": "GreenQueryTable", "OPERATIONS_TABLE": "OperationsTable"}
BLUE, GREEN, OPERATIONS = TABLES.values()
LONGEST_QUERY = 30
OPERATORS = ("RebuildFunction", "RedriveFunction")
# A reconciliation that reads an old generation reports at most views that are behind.
NO_QUERIES = (*OPERATORS, "ReconcileFunction")


def allowed(role, table):
    """Returns the actions that the role allows on the table, each with the index that it uses."""
    found = set()
    for action, resource in grants(role["Policies"]):
        if referenced(resource) == table:
            found.add((action, str(resource.get("Fn::Sub", "")).partition("/index/")[2]))
    return found


def problems(template):
    resources = template["Resources"]
    for table in TABLES.values():
        resource = resources.get(table, {})
        if resource.get("Type") != "AWS::DynamoDB::Table":
            yield f"{table} must exist whatever the parameters are"
            return
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(policy) != "Retain":
                yield f"{table} must have {policy}: Retain"
    if resources[BLUE]["Properties"] != resources[GREEN]["Properties"]:
        yield f"{BLUE} and {GREEN} must have the same properties"
    if any(name == "LiveGeneration" for _, name in references(template)):
        yield "nothing may refer to LiveGeneration, because the switch alone decides which generation is live"
    functions = {k: v["Properties"] for k, v in resources.items() if v["Type"] == "AWS::Lambda::Function"}
    mapped = {
        function_of(template, one["Properties"]["FunctionName"])
        for one in resources.values()
        if one["Type"] == "AWS::Lambda::EventSourceMapping"
    }
    ages, limits = set(), set()
    for name, function in functions.items():
        variables = function["Environment"]["Variables"]
        ages.add(str(variables.get("GENERATION_MAX_AGE")))
        role = resources[referenced(function["Role"])]["Properties"]
        uses = {variable for variable, table in TABLES.items() if referenced(variables.get(variable)) == table}
        views = allowed(role, BLUE) | allowed(role, GREEN)
        if views and uses != TABLES.keys():
            yield f"{name} must have the variables {', '.join(TABLES)}"
        if allowed(role, BLUE) != allowed(role, GREEN):
            yield f"{name} must have the same permissions for {BLUE} and {GREEN}"
        if views and ("dynamodb:GetItem", "") not in allowed(role, OPERATIONS):
            yield f"{name} must have dynamodb:GetItem on {OPERATIONS}"
        if name in mapped and views:
            limits.add(int(value(template, function["Timeout"])))
        elif views and name not in NO_QUERIES and int(value(template, function["Timeout"])) > LONGEST_QUERY:
            yield f"{name} must not run longer than {LONGEST_QUERY} s"
    if len(ages) != 1:
        yield f"every function must have the same GENERATION_MAX_AGE, not {', '.join(sorted(ages))}"
    for name in OPERATORS:
        known = int(value(template, functions[name]["Environment"]["Variables"].get("PROJECTION_TIMEOUT", 0)))
        if any(limit > known for limit in limits):
            yield f"{name} must have a PROJECTION_TIMEOUT of at least {max(limits)} s, the timeout of a projection"


def planted(template):
    """Yields copies of the template that each have one fault."""

    def fault(name, change):
        broken = copy.deepcopy(template)
        change(broken["Resources"])
        return name, broken

    def statements(broken, role):
        return broken[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]

    def without(broken, role, table):
        for statement in statements(broken, role):
            kept = [one for one in as_list(statement["Resource"]) if referenced(one) != table]
            statement["Resource"] = kept or ["arn:aws:logs:none"]

    def variables(broken, function):
        return broken[function]["Properties"]["Environment"]["Variables"]

    yield fault("no table of the generation green", lambda broken: broken.pop(GREEN))
    yield fault("a generation that is deleted with the stack", lambda broken: broken[GREEN].pop("DeletionPolicy"))
    yield fault("another index", lambda broken: broken[GREEN]["Properties"]["GlobalSecondaryIndexes"].pop())
    yield fault("a query of one generation", lambda broken: without(broken, "GetOrderRole", GREEN))
    yield fault("a query without the switch", lambda broken: without(broken, "GetOrderRole", OPERATIONS))
    yield fault("a function without a table", lambda broken: variables(broken, "GetOrderFunction").pop("GREEN_QUERY_TABLE"))
    yield fault(
        "a function with an older state",
        lambda broken: variables(broken, "GetOrderFunction").update(GENERATION_MAX_AGE="600"),
    )
    yield fault("a long query", lambda broken: broken["GetOrderFunction"]["Properties"].update(Timeout=60))
    for operator in OPERATORS:
        yield fault(
            f"a {operator} that does not wait for a projection",
            lambda broken, operator=operator: variables(broken, operator).update(PROJECTION_TIMEOUT="1"),
        )


def main(*paths):
    wrong = []
    for path in map(pathlib.Path, paths):
        template = json.loads(path.read_text(encoding="utf-8"))
        wrong += [f"{path.stem}: {problem}" for problem in problems(template)]
        for name, broken in planted(template):
            if len(list(problems(broken))) != 1:
                wrong.append(f"{path.stem}: this planted fault is not exactly one problem: {name}")
    print("\n".join(wrong) or "generations: the switch is safe in every settled template")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
