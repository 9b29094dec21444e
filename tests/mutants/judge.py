"""Judges a run of cargo-mutants: a mutant may survive only if survivors.txt lists it with a reason.

With --all it also fails for a listed mutant that was tested and no longer survives, and for a package that catches less than its
share of the mutants that compile. With --whole, after a run of every mutant, it also fails for a listed mutant that does not
exist. A mutant whose tests take too long counts as caught.

    judge.py [--all [--whole]] <mutants.out> <survivors.txt>
"""

import collections
import json
import pathlib
import re
import sys

# The packages on which every domain is built must catch more than the others.
CORE = {"es-core", "event-store", "event-stream", "projection", "view-store", "http-api", "domain"}
CORE_SHARE, OTHER_SHARE = 0.95, 0.90
CAUGHT = {"CaughtMutant", "Timeout"}
SURVIVED = "MissedMutant"


def name(mutant):
    """The name of a mutant without its line and column, which change with every edit of the file."""
    return re.sub(r"^([^:]+):\d+:\d+: ", r"\1: ", mutant["name"])


def listed(path):
    """The names of the listed mutants: each reason is a line that begins with '#', its mutants follow."""
    names, reason = set(), None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#"):
            reason = line
        elif not line.strip():
            reason = None
        elif reason is None:
            sys.exit(f"{path}:{number}: the mutant has no reason; write one above it, in a line that begins with '#'")
        else:
            names.add(line.strip())
    return names


def main(arguments):
    every, whole = "--all" in arguments, "--whole" in arguments
    folder, survivors = (pathlib.Path(argument) for argument in arguments if not argument.startswith("--"))
    allowed = listed(survivors)
    outcomes = json.loads((folder / "outcomes.json").read_text())["outcomes"]
    baseline = [outcome["summary"] for outcome in outcomes if outcome["scenario"] == "Baseline"]
    if baseline != ["Success"]:
        sys.exit("mutants: the tests fail without a mutant; see log/baseline.log in " + str(folder))
    counts, survived, judged = collections.defaultdict(collections.Counter), set(), set()
    for outcome in outcomes:
        if outcome["scenario"] == "Baseline":
            continue
        mutant = outcome["scenario"]["Mutant"]
        judged.add(mutant["package"])
        counts[mutant["package"]][outcome["summary"]] += 1
        if outcome["summary"] == SURVIVED:
            survived.add((mutant["package"], name(mutant)))
    faults = [f"{mutant} survives: write a test that fails with it" for _, mutant in sorted(survived) if mutant not in allowed]
    for package in sorted(judged):
        caught, missed = sum(counts[package][summary] for summary in CAUGHT), counts[package][SURVIVED]
        viable = caught + missed
        share = caught / viable if viable else 1
        print(f"{package}: {caught} of {viable} mutants caught ({share:.1%})")
        least = CORE_SHARE if package in CORE else OTHER_SHARE
        if every and share < least:
            faults.append(f"{package} catches {share:.1%} of its mutants, less than {least:.0%}")
    if every:
        names = {mutant for _, mutant in survived}
        tested = {name(outcome["scenario"]["Mutant"]): outcome["summary"] for outcome in outcomes if outcome["scenario"] != "Baseline"}
        for mutant in sorted(allowed - names):
            if tested.get(mutant):
                faults.append(f"{mutant} is listed, but it no longer survives: remove it from {survivors.name}")
            elif whole:
                faults.append(f"{mutant} is listed, but there is no such mutant: remove it from {survivors.name}")
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


main(sys.argv[1:])
