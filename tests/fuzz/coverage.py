"""Prints how much of the project's code one fuzz target executes: coverage.py <target> <inputs> < <output of llvm-cov export>.

A region is a piece of code without a branch. A function counts if the target enters it, so the percentage says how much of
the reached functions the inputs execute. The copies of a generic function count as one function.
"""

import json
import sys
from collections import defaultdict

CODE_REGION = 0


def project_file(name):
    """The path of a file of the deployed code below the root of the project; None for other files."""
    for folder in ("functions/", "shared/"):
        before, found, rest = name.partition("/" + folder)
        if found:
            return folder + rest
    return None


def regions_by_function(export):
    """The regions of each function of the deployed code, with the sum of their executions."""
    functions = defaultdict(lambda: defaultdict(int))
    for function in export["data"][0]["functions"]:
        file = project_file(function["filenames"][0])
        if file is None:
            continue
        regions = [region for region in function["regions"] if region[7] == CODE_REGION and region[5] == 0]
        start = (file, *regions[0][:2])
        for region in regions:
            functions[start][tuple(region[:4])] += region[4]
    return functions


def main():
    target, inputs = sys.argv[1], int(sys.argv[2])
    functions = regions_by_function(json.load(sys.stdin))
    entered = [regions for regions in functions.values() if any(regions.values())]
    total = sum(len(regions) for regions in entered)
    executed = sum(count > 0 for regions in entered for count in regions.values())
    percent = 100 * executed / total
    print(f"| `{target}` | {inputs:,} | {len(entered):,} | {executed:,} of {total:,} | {percent:.1f} % |")


main()
