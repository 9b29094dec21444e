"""Follows a guide: runs the commands of its `sh` blocks and applies the changes of its `diff` blocks, in order.

A `diff` block begins with `--- FILE`. A line `@@` separates two changes of the file. The old lines of a change, which
are all lines without `+`, must occur in the file exactly once.

    follow.py <guide> [<section>…]    the whole guide, or the sections whose headings begin with these texts
"""

import pathlib
import subprocess
import sys


def blocks(guide, sections):
    """Yields the language, the first line number and the lines of each block."""
    language, start, lines, wanted = None, 0, [], not sections
    for number, line in enumerate(guide.read_text(encoding="utf-8").splitlines(), 1):
        if language is None and line.startswith("## "):
            wanted = not sections or line[3:].startswith(tuple(sections))
        elif language is None and line.startswith("```"):
            language, start, lines = line[3:], number, []
        elif line == "```":
            if wanted:
                yield language, start, lines
            language = None
        elif language is not None:
            lines.append(line)


def change(text, lines):
    """Returns the text after one change. Raises ValueError if the change does not fit."""
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
    # The line feeds make sure that the old lines begin at the start of a line.
    count = f"\n{text}".count(f"\n{old}")
    if count != 1:
        raise ValueError(f"the old lines occur {count} times in the file, not once:\n{old}")
    return f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]


def apply(lines):
    path = pathlib.Path(lines[0].removeprefix("--- "))
    text, hunk = path.read_text(encoding="utf-8"), []
    for line in [*lines[1:], "@@"]:
        if line == "@@":
            text, hunk = change(text, hunk), []
        else:
            hunk.append(line or " ")
    path.write_text(text, encoding="utf-8")


def main():
    guide, sections = pathlib.Path(sys.argv[1]), sys.argv[2:]
    followed = 0
    for language, start, lines in blocks(guide, sections):
        place = f"{guide}:{start}"
        if language == "sh":
            print(f"-- {place}: {lines[0]}", flush=True)
            result = subprocess.run(["bash", "-euo", "pipefail", "-c", "\n".join(lines)], check=False)
            if result.returncode != 0:
                sys.exit(f"{place}: the commands failed with exit status {result.returncode}")
        elif language == "diff":
            print(f"-- {place}: {lines[0]}", flush=True)
            try:
                apply(lines)
            except (ValueError, OSError) as error:
                sys.exit(f"{place}: {error}")
        else:
            continue
        followed += 1
    if followed == 0:
        sys.exit(f"{guide} has no sh or diff block in {sections}")


main()
