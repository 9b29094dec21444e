"""Checks that settled templates use one event table: the one that ExistingEventTable names, or their own without it.

With ExistingEventTable, no resource `EventTable` exists. CloudFormation refuses a template that refers to a resource whose
condition is false, and a function, an alarm or an output that kept the other name would read another table.
(Source: AWS CloudFormation Template Reference, "Conditions".)

It also proves that the check can fail: each copy of a template with a planted fault must have one problem.

    adoption.py <settled.json>...
"""

import copy
import json
import pathlib
import sys

OWN, GIVEN = "EventTable", "ExistingEventTable"


def leaves(value, path=()):
    """Yields each reference to a resource or parameter with its path: of Ref, Fn::GetAtt and Fn::Sub.

    The variables that a substitution defines itself are no references.
    """
    match value:
        case {"Ref": str(name)}:
            yield path, name
        case {"Fn::GetAtt": [name, *_]}:
            yield path, name
        case {"Fn::Sub": [text, values]}:
            yield from ((at, name) for at, name in leaves({"Fn::Sub": text}, path) if name not in values)
            for name, inner in values.items():
                yield from leaves(inner, (*path, name))
        case {"Fn::Sub": str(text)}:
            for part in text.split("${")[1:]:
                yield path, part.split("}")[0].split(".")[0]
        case dict():
            for key, inner in value.items():
                yield from leaves(inner, (*path, key))
        case list():
            for number, inner in enumerate(value):
                yield from leaves(inner, (*path, number))


def references(template):
    for section in ("Resources", "Outputs"):
        yield from leaves(template[section], (section,))


def problems(template):
    is_given = bool(template["Metadata"]["Settled"][GIVEN])
    if (OWN in template["Resources"]) == is_given:
        yield f"{OWN} must exist exactly if {GIVEN} is empty"
    wrong = OWN if is_given else GIVEN
    for path, name in references(template):
        if name == wrong:
            yield f"{'.'.join(map(str, path))} refers to {wrong}"


def users(template):
    """Returns the paths of the references to the event table that the template uses."""
    used = GIVEN if template["Metadata"]["Settled"][GIVEN] else OWN
    return [path for path, name in references(template) if name == used and path[:2] != ("Resources", OWN)]


def broken(template):
    """Yields copies of a template in which one reference is to the other event table."""
    is_given = bool(template["Metadata"]["Settled"][GIVEN])
    for path in users(template):
        result = copy.deepcopy(template)
        holder = result
        for key in path[:-1]:
            # The values of a substitution are in its second argument.
            holder = holder["Fn::Sub"][1] if isinstance(holder, dict) and "Fn::Sub" in holder else holder[key]
        holder = holder["Fn::Sub"][1] if "Fn::Sub" in holder else holder
        holder[path[-1]] = {"Ref": OWN if is_given else GIVEN}
        yield result
    result = copy.deepcopy(template)
    if is_given:
        result["Resources"][OWN] = {"Type": "AWS::DynamoDB::Table", "Properties": {}}
    else:
        del result["Resources"][OWN]
    yield result


def main(paths):
    templates = {path: json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths}
    wrong = [f"{path}: {problem}" for path, template in templates.items() for problem in problems(template)]
    for path, template in templates.items():
        faults = list(broken(template))
        unseen = [one for one in faults if len(list(problems(one))) != 1]
        wrong += [f"{path}: {len(unseen)} of {len(faults)} planted faults are not exactly one problem"] if unseen else []
    uses = {tuple(users(template)) for template in templates.values()}
    if min(map(len, uses)) < 30:
        wrong.append("too few references to the event table are found")
    if len({bool(template["Metadata"]["Settled"][GIVEN]) for template in templates.values()}) != 2:
        wrong.append(f"the settled templates must include some with {GIVEN} and some without")
    print("\n".join(wrong) or f"adoption: {len(templates)} templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
