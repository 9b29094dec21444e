"""Proves that the checks notice each broken promise of the template: applies each change in mutations.yaml to a copy of
template.yaml, and fails if the named check finds no problem.

mutations.yaml has promises. Each names its page, which must have the sentence, the check that keeps the promise, and changes
that break the promise. A change has a name and one place, a path of keys in template.yaml:

- `each` makes one copy for each place that matches the path, and `every` one copy with a change at all places.
- `<AWS::DynamoDB::Table>` in a path stands for the names of the resources of this type. Other parts are patterns of keys, or
  of places in a list, as in file names: `*`, `[12]`.
- `from` selects the places with this value. `replace` selects the places with the text.
- `to` replaces the value, `remove` removes it, `add` adds members to a map or an entry to a list, and `replace` replaces
  one text by another one within the value.

A path that matches nothing, and a change that changes nothing, are errors.

    mutations.py [<part of a name>]
"""

import copy
import fnmatch
import itertools
import json
import logging
import multiprocessing
import os
import pathlib
import re
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform

import adoption
import alarms
import api
import collector
import conditions
import constraints
import consumers
import deployment
import descriptions
import durability
import encryption
import generations
import identity
import invocations
import logs
import metrics
import permissions
import releases
import settings
import slo
import waiting
from expand import NoManagedPolicies, with_uploaded_code
from settle import combinations, settle

TEMPLATE = pathlib.Path("template.yaml")
LIST = pathlib.Path(__file__).with_name("mutations.yaml")
# The checks of settled templates.
SETTLED = {
    one.__name__: one.problems
    for one in (
        adoption, alarms, api, collector, conditions, consumers, deployment, descriptions, durability, encryption,
        generations, identity, invocations, logs, metrics, permissions, settings, slo,
    )
}
# The checks of expanded templates: of one deployment at once, or of a gradual one.
EXPANDED = {
    "constraints": lambda expanded, gradual: constraints.problems(expanded),
    "waiting": lambda expanded, gradual: waiting.of_environments(expanded),
    "releases": lambda expanded, gradual: [*releases.problems(expanded, False), *releases.problems(gradual, True)],
}
# SAM itself refuses some templates.
SAM = "sam"
GRADUAL = {"DeploymentPreference": "Canary10Percent5Minutes"}
CHANGES = ("to", "remove", "add", "replace")
# SAM warns after each transformation that it has not sent its own metrics.
logging.getLogger("samtranslator").setLevel(logging.ERROR)


class InvalidMutation(Exception):
    """An entry of mutations.yaml that cannot be applied."""


def places(value, path, types):
    """Yields each path of keys in `value` that matches the segments of `path`."""
    if not path:
        yield ()
        return
    segment, rest = path[0], path[1:]
    if isinstance(value, list):
        keys = [number for number in range(len(value)) if fnmatch.fnmatchcase(str(number), segment)]
    elif isinstance(value, dict):
        by_type = re.fullmatch(r"<(.+)>", segment)
        matches = (lambda key: types.get(key) == by_type[1]) if by_type else (lambda key: fnmatch.fnmatchcase(key, segment))
        keys = [segment] if segment in value else [key for key in value if matches(key)]
    else:
        keys = []
    for key in keys:
        for inner in places(value[key], rest, types):
            yield (key, *inner)


def at(value, path):
    for key in path:
        value = value[key]
    return value


def replaced(value, words):
    """Returns the value with words replaced in its texts."""
    text = json.dumps(value)
    for old, new in words.items():
        text = text.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
    return json.loads(text)


def change(holder, key, mutation):
    """Applies the change of a mutation at one place. Returns whether it changed something."""
    before = copy.deepcopy(holder[key])
    if mutation.get("remove"):
        del holder[key]
        return True
    if "to" in mutation:
        holder[key] = copy.deepcopy(mutation["to"])
    elif "replace" in mutation:
        holder[key] = replaced(before, mutation["replace"])
    elif isinstance(before, list):
        holder[key] = [*before, copy.deepcopy(mutation["add"])]
    else:
        holder[key] = before | copy.deepcopy(mutation["add"])
    return holder[key] != before


def selects(mutation, value):
    """Tells whether a mutation is about a place with this value."""
    texts = mutation.get("replace", {})
    return mutation.get("from", value) == value and (not texts or replaced(value, texts) != value)


def mutants(document, mutation):
    """Yields the name of each mutant, the paths that it changes, and the mutated document."""
    path = mutation.get("each") or mutation.get("every") or ""
    types = {name: one["Type"] for name, one in document["Resources"].items()}
    found = [one for one in places(document, path.split("."), types) if selects(mutation, at(document, one))]
    if not found or len([one for one in CHANGES if one in mutation]) != 1:
        raise InvalidMutation(f"{mutation['name']}: no place in template.yaml matches {path}, or there is not one change")
    for changed in [[one] for one in found] if "each" in mutation else [found]:
        # Only the sections and resources of the places are copied.
        mutant = dict(document)
        for one in changed:
            if mutant[one[0]] is document[one[0]]:
                mutant[one[0]] = dict(document[one[0]])
        for one in changed:
            section = mutant[one[0]]
            if len(one) > 1 and section[one[1]] is document[one[0]][one[1]]:
                section[one[1]] = copy.deepcopy(section[one[1]])
        # The last places first, because a removed entry of a list moves the later ones.
        results = [change(at(mutant, one[:-1]), one[-1], mutation) for one in reversed(changed)]
        if not all(results):
            raise InvalidMutation(f"{mutation['name']}: the change changes nothing at {changed}")
        what = ".".join(map(str, changed[0])) if len(changed) == 1 else f"{len(changed)} places"
        yield f"{mutation['name']} ({what})", changed, mutant


class Expansion:
    """template.yaml and the templates that SAM expands from it."""

    def __init__(self):
        parsed = with_uploaded_code(yaml_parse(TEMPLATE.read_text(encoding="utf-8")))
        self.document = json.loads(json.dumps(parsed))
        self.expanded, self.gradual = (self.transformed(self.document, given) for given in ({}, GRADUAL))

    def transformed(self, document, given):
        return json.loads(json.dumps(transform(json.loads(json.dumps(document)), given, NoManagedPolicies())))

    def passes(self, name):
        """Tells whether SAM hands on a resource without a change."""
        return self.expanded["Resources"].get(name) == self.document["Resources"][name]

    def is_for_sam(self, section, *path):
        """Tells whether SAM reads what is at a path."""
        if section == "Resources":
            return not self.passes(path[0])
        # SAM reads the defaults of parameters, and no other part of them.
        return path[1:2] == ("Default",) if section == "Parameters" else section in ("Globals", "Mappings")

    def of_mutant(self, mutant, paths, given):
        """Returns what SAM expands from a mutant. SAM gets only what it reads, and only if that is mutated."""
        result = dict(self.gradual if given else self.expanded)
        if any(self.is_for_sam(*path) for path in paths):
            passed = {name: one for name, one in result["Resources"].items() if name in self.document["Resources"] and self.passes(name)}
            read = {name: one for name, one in mutant["Resources"].items() if name not in passed}
            result = self.transformed(mutant | {"Resources": read}, given)
            result["Resources"] = passed | result["Resources"]
        for section, *rest in paths:
            if section == "Resources" and self.passes(rest[0]):
                result[section] = {name: one for name, one in result[section].items() if name != rest[0]}
                if rest[0] in mutant[section]:
                    result[section][rest[0]] = mutant[section][rest[0]]
            elif section not in ("Resources", "Globals"):
                result[section] = mutant[section]
        return result


    def problems(self):
        """Yields a problem if the expansion of a mutant in parts differs from what SAM expands as a whole."""
        everything = [
            (section, name, "Default")
            for section in ("Globals", "Mappings", "Conditions", "Outputs", "Parameters", "Resources", "Rules")
            for name in self.document[section]
        ]
        for given, whole in (({}, self.expanded), (GRADUAL, self.gradual)):
            if self.of_mutant(self.document, everything, given) != whole:
                yield f"the template of {given or 'the defaults'} is not the sum of its parts"


def is_refused(expansion, check, mutant, paths, parameters):
    """Tells whether a check finds a problem in a mutant. The parameters that show the problem become the first ones."""
    try:
        expanded = expansion.of_mutant(mutant, paths, {})
    except InvalidDocumentException:
        if check == SAM:
            return True
        raise
    if check in EXPANDED:
        return any(EXPANDED[check](expanded, expansion.of_mutant(mutant, paths, GRADUAL)))
    for number, given in enumerate(parameters if check in SETTLED else ()):
        if any(SETTLED[check](settle(expanded, given))):
            parameters.insert(0, parameters.pop(number))
            return True
    return False


def survivors(expansion, check, mutation):
    """Returns the number of mutants of one entry, and the messages about those that its check does not refuse."""
    wrong, number = [], 0
    # A gradual deployment has the same resources besides those of CodeDeploy, which `releases` checks.
    parameters = [given for _, given in combinations(None, None) if "DeploymentPreference" not in given]
    try:
        for name, paths, mutant in mutants(expansion.document, mutation):
            number += 1
            if not is_refused(expansion, check, mutant, paths, parameters):
                wrong.append(f"{name}: the check {check} finds no problem")
    except InvalidMutation as error:
        wrong.append(str(error))
    except (InvalidDocumentException, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        wrong.append(f"{mutation['name']}: the check {check} ends with {type(error).__name__}: {error}")
    return number, wrong


def unkept(promises):
    """Yields the promises that their page does not have, and the entries without a check of this folder."""
    for promise in promises:
        page = " ".join(pathlib.Path(promise["page"]).read_text(encoding="utf-8").split())
        if " ".join(promise["promise"].split()) not in page:
            yield f"{promise['page']} does not have the promise: {promise['promise']}"
        if promise["check"] not in {SAM, *SETTLED, *EXPANDED}:
            yield f"{promise['check']} is no check of templates"
    names = [one["name"] for promise in promises for one in promise["mutations"]]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two mutations have the name {name}"


def run(number):
    return survivors(EXPANSION, *ENTRIES[number])


EXPANSION, ENTRIES = None, []


def main(part=""):
    global EXPANSION
    promises = json.loads(json.dumps(yaml_parse(LIST.read_text(encoding="utf-8"))))
    wrong = list(unkept(promises))
    if not wrong:
        EXPANSION = Expansion()
        wrong += EXPANSION.problems()
        ENTRIES.extend((promise["check"], one) for promise in promises for one in promise["mutations"] if part in one["name"])
        if not ENTRIES:
            sys.exit(f"mutations: no mutation has {part!r} in its name")
        # The processes have the expansion and the entries, because they begin as copies of this one.
        with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
            results = pool.map(run, range(len(ENTRIES)), chunksize=1)
        wrong += itertools.chain.from_iterable(found for _, found in results)
        total = sum(number for number, _ in results)
    print("\n".join(wrong) or f"mutations: {len(ENTRIES)} changes at {total} places are refused")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
