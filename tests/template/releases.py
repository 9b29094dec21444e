"""Checks that every caller uses an alias, that a changed value reaches it, and that alarms gate a gradual deployment.

It also proves that the checks can fail: each copy of a template with a planted fault must have a problem.

    releases.py <expanded.json> <gradual.json>
"""

import copy
import json
import pathlib
import re
import sys

from functions import of_type

MARKER = "DeployedConfiguration"
# AWS IAM API reference, "CreatePolicy": the length of a description. Each parameter can have its longest text of ordinary
# length, which is 100 characters for an ARN, a name or an address.
DESCRIPTION, ORDINARY = 1000, 100
# AWS CodeDeploy User Guide, "CodeDeploy quotas": alarms of a deployment group.
MAX_ALARMS = 10
# The resources whose names change with their content. A table keeps its name: ExistingEventTable adopts a restored one.
EXCHANGED = {"AWS::Lambda::LayerVersion"}
# The properties of a function that a version does not keep. (Source: AWS Lambda Developer Guide, "Managing Lambda function
# versions"; reserved concurrency belongs to the function.)
NOT_OF_VERSION = {"Code", "ReservedConcurrentExecutions", "Tags"}


def named(value):
    """Yields every name in Ref, GetAtt, Sub and If of a value. The conditions of If have a leading question mark."""
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [name, *_]}:
            yield name
        case {"Fn::If": [condition, *rest]}:
            yield f"?{condition}"
            yield from named(rest)
        case {"Condition": str(condition)}:
            yield f"?{condition}"
        case {"Fn::Sub": text}:
            pattern, variables = (text, {}) if isinstance(text, str) else text
            yield from (one.split(".")[0] for one in re.findall(r"\$\{([^!}]+)\}", pattern) if one not in variables)
            yield from named(variables)
        case dict():
            yield from named(list(value.values()))
        case list():
            for inner in value:
                yield from named(inner)


def sources(template, value):
    """Returns the parameters and the exchangeable resources that decide a value, through conditions, too."""
    found, waiting, seen = set(), list(named(value)), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name.startswith("?"):
            waiting += named(template["Conditions"][name[1:]])
        elif name in template["Parameters"] or template["Resources"].get(name, {}).get("Type") in EXCHANGED:
            found.add(name)
    return found


def versions(template):
    """Yields the problems of a changed value that no version would get."""
    marker = template["Resources"][MARKER]["Properties"]
    # A condition alone does not change the text, so only the names in it count.
    known = {name for name in named(marker["Description"]) if not name.startswith("?")}
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        kept = {key: value for key, value in function.items() if key not in NOT_OF_VERSION}
        for missing in sorted(sources(template, kept) - known):
            yield f"{name} keeps {missing}, which the description of {MARKER} must have"
        if function["Environment"]["Variables"].get("DEPLOYED_CONFIGURATION") != {"Ref": MARKER}:
            yield f"{name} must have {MARKER} in its variables, because Lambda publishes no version of an equal function"
    for name, version in of_type(template, "AWS::Lambda::Version").items():
        if version.get("Description") != {"Ref": MARKER}:
            yield f"{name} must be described by {MARKER}: give its function the VersionDescription of the other functions"
    if {"Roles", "Users", "Groups"} & marker.keys():
        yield f"{MARKER} is only a marker and must not be attached"
    longest = 0
    for name in known:
        parameter = template["Parameters"].get(name, {})
        texts = [*map(str, parameter.get("AllowedValues", ())), *(["0" * 6] if parameter.get("Type") == "Number" else ())]
        limit = re.search(r"\{1,(\d+)\}\$$", parameter.get("AllowedPattern", ""))
        longest += 1 + (int(limit[1]) // 2 if limit else max(map(len, texts), default=ORDINARY // (1 if parameter else 2)))
    if longest > DESCRIPTION:
        yield f"{MARKER} can have {longest} characters in its description, and IAM allows {DESCRIPTION}"


def callers(template):
    """Yields the problems of callers of functions that use no alias."""
    aliases = of_type(template, "AWS::Lambda::Alias")
    for name in of_type(template, "AWS::Lambda::Function"):
        if [one["Name"] for one in aliases.values() if one["FunctionName"] == {"Ref": name}] != ["live"]:
            yield f"{name} must have the alias live and no other"
    for kind, resource in (("mapping", "AWS::Lambda::EventSourceMapping"), ("permission", "AWS::Lambda::Permission")):
        for name, one in of_type(template, resource).items():
            if one["FunctionName"].get("Ref") not in aliases:
                yield f"{name} must be a {kind} of an alias"
    for name, rule in of_type(template, "AWS::Events::Rule").items():
        if not all(target["Arn"].get("Ref") in aliases for target in rule["Targets"]):
            yield f"{name} must invoke an alias"
    for name, one in of_type(template, "AWS::Lambda::EventInvokeConfig").items():
        if one.get("Qualifier") != "live":
            yield f"{name} must be for the alias live"
    for api in of_type(template, "AWS::ApiGatewayV2::Api").values():
        for path, methods in api["Body"]["paths"].items():
            for method, operation in methods.items():
                uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
                if uri.split("${")[-1].split("}")[0] not in aliases:
                    yield f"{method} {path} must invoke an alias"


def gates(template, is_gradual):
    """Yields the problems of CodeDeploy's part."""
    groups = of_type(template, "AWS::CodeDeploy::DeploymentGroup")
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    by_text = {json.dumps(one["AlarmName"]): name for name, one in alarms.items() if "AlarmName" in one}
    if not is_gradual:
        if found := [name for name, one in template["Resources"].items() if one["Type"].startswith("AWS::CodeDeploy")]:
            yield f"AllAtOnce needs no CodeDeploy, but there are {found}"
        return
    streams = {one["FunctionName"]["Ref"] for one in of_type(template, "AWS::Lambda::EventSourceMapping").values()}
    for name, alias in of_type(template, "AWS::Lambda::Alias").items():
        function = alias["FunctionName"]["Ref"]
        group = groups.get(f"{function}DeploymentGroup")
        policy = template["Resources"][name].get("UpdatePolicy", {}).get("CodeDeployLambdaAliasUpdate", {})
        if group is None or policy.get("DeploymentGroupName") != {"Ref": f"{function}DeploymentGroup"}:
            yield f"{name} must be moved by CodeDeploy"
            continue
        listed = [one["Name"] for one in group.get("AlarmConfiguration", {}).get("Alarms", ())]
        stopping = {one.get("Ref") or by_text.get(json.dumps(one)) for one in listed}
        wanted = {"ServerErrorAlarm", "ServerErrorRatioAlarm", "DeadLetterAlarm", "StreamFailureAlarm"}
        if name in streams:
            wanted.add(f"{function.removesuffix('Function')}ErrorAlarm")
        if not wanted <= stopping or not stopping <= alarms.keys() or len(listed) > MAX_ALARMS:
            yield f"{function} must be gated by {sorted(wanted)} and by at most {MAX_ALARMS} alarms of the stack"
        if not group["AutoRollbackConfiguration"]["Enabled"]:
            yield f"{function} must be rolled back when an alarm is raised"
        if "DeploymentRole" not in named(group["ServiceRoleArn"]):
            yield f"{function} must be deployed with DeploymentRole, which can have a boundary"
        condition = template["Resources"][function].get("Condition")
        if template["Resources"][f"{function}DeploymentGroup"].get("Condition") != condition:
            yield f"{function} and its deployment group must have the same condition"


def circles(template):
    """Yields a circle of references. CloudFormation refuses one, also through an UpdatePolicy."""
    resources = template["Resources"]
    edges = {
        name: ({one for one in named([value for key, value in resource.items() if key != "Metadata"])}
               | set(depended if isinstance(depended := resource.get("DependsOn", []), list) else [depended])) & resources.keys()
        for name, resource in resources.items()
    }
    while free := {name for name, targets in edges.items() if not targets & edges.keys()}:
        edges = {name: targets for name, targets in edges.items() if name not in free}
    if edges:
        yield f"these resources refer to each other in a circle: {', '.join(sorted(edges)[:6])}"


def problems(template, is_gradual):
    yield from versions(template)
    yield from callers(template)
    yield from gates(template, is_gradual)
    yield from circles(template)


def broken(template, is_gradual):
    """Yields copies of a template that each break one rule."""

    def copied(change):
        result = copy.deepcopy(template)
        change(result["Resources"])
        return result

    def first(resources, kind):
        return next(one["Properties"] for one in resources.values() if one["Type"] == kind)

    words = template["Resources"][MARKER]["Properties"]["Description"]["Fn::Join"][1]
    for number, word in enumerate(words):
        if word.get("Ref") in template["Parameters"]:
            yield copied(lambda all, number=number: all[MARKER]["Properties"]["Description"]["Fn::Join"][1].pop(number))
    yield copied(lambda all: all[MARKER]["Properties"].update(Roles=["x"]))
    yield copied(lambda all: first(all, "AWS::Lambda::Version").pop("Description"))
    yield copied(lambda all: first(all, "AWS::Lambda::Function")["Environment"]["Variables"].pop("DEPLOYED_CONFIGURATION"))
    for kind in ("AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission"):
        yield copied(lambda all, kind=kind: first(all, kind).update(FunctionName={"Ref": "CreateOrderFunction"}))
    yield copied(lambda all: first(all, "AWS::Events::Rule")["Targets"][0].update(Arn={"Ref": "ReconcileFunction"}))
    yield copied(lambda all: first(all, "AWS::Lambda::EventInvokeConfig").pop("Qualifier"))
    yield copied(lambda all: first(all, "AWS::Lambda::Alias").update(Name="other"))
    if not is_gradual:
        yield copied(lambda all: all.update(Extra={"Type": "AWS::CodeDeploy::Application", "Properties": {}}))
        return
    group = "AWS::CodeDeploy::DeploymentGroup"
    yield copied(lambda all: first(all, group).pop("AlarmConfiguration"))
    yield copied(lambda all: all["OrderProjectionFunctionDeploymentGroup"]["Properties"]["AlarmConfiguration"]["Alarms"].pop())
    yield copied(lambda all: first(all, group)["AutoRollbackConfiguration"].update(Enabled=False))
    yield copied(lambda all: first(all, group).update(ServiceRoleArn="another"))
    yield copied(lambda all: all["CreateOrderFunctionAliaslive"].pop("UpdatePolicy"))
    yield copied(lambda all: all["CreateOrderFunctionDeploymentGroup"].update(Condition="HasDomain"))
    by_reference = {"Name": {"Ref": "ServerErrorAlarm"}}
    of_route = "CreateOrderFunctionDeploymentGroup"
    yield copied(lambda all: all[of_route]["Properties"]["AlarmConfiguration"]["Alarms"].append(by_reference))


def main(*paths):
    templates = [json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths]
    wrong = []
    for template, is_gradual in zip(templates, (False, True), strict=True):
        what = "gradual" if is_gradual else "all at once"
        wrong += [f"{what}: {problem}" for problem in problems(template, is_gradual)]
        for number, one in enumerate(broken(template, is_gradual)):
            if not list(problems(one, is_gradual)):
                wrong.append(f"{what}: the planted fault {number} is not found")
    print("\n".join(wrong) or "releases: both expanded templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
