"""Runs a check on the settled templates of the command line.

The check proves nothing about itself: mutations.py runs it on templates with planted faults.
"""

import json
import pathlib
import sys


def run(name, problems):
    """Prints what `problems` finds in each settled template. Returns the exit code."""
    templates = {path: json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]}
    if not templates:
        sys.exit(f"{name}: give at least one settled template")
    wrong = [f"{pathlib.Path(path).stem}: {problem}" for path, template in templates.items() for problem in problems(template)]
    print("\n".join(wrong) or f"{name}: {len(templates)} templates are correct")
    return 1 if wrong else 0
