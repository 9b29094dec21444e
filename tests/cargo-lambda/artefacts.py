"""Checks the files that `sam deploy` uploads: each function's CodeUri has a `bootstrap`, and no other files exist.

    artefacts.py <template.yaml> <folder of the build>
"""

import pathlib
import struct
import sys

from samcli.yamlhelper import yaml_parse

# The machine number of each architecture in an ELF header (System V ABI, "e_machine").
MACHINES = {"arm64": 183, "x86_64": 62}


def machine(path):
    """Returns the machine number of an ELF file, or None for any other file."""
    header = path.read_bytes()[:20]
    return struct.unpack_from("<H", header, 18)[0] if header[:4] == b"\x7fELF" else None


def problems(template, folder):
    architecture = template["Parameters"]["Architecture"]["Default"]
    named = set()
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        uri = pathlib.PurePath(resource["Properties"]["CodeUri"])
        named.add(uri.name)
        if uri.parent != pathlib.PurePath("target/lambda"):
            yield f"{name}: {uri} is not below target/lambda"
        found = sorted(entry.name for entry in (folder / uri.name).glob("*"))
        if found != ["bootstrap"]:
            yield f"{name}: {folder / uri.name} contains {found}, not only a bootstrap"
        elif machine(folder / uri.name / "bootstrap") != MACHINES[architecture]:
            yield f"{name}: {folder / uri.name / 'bootstrap'} is not for {architecture}"
    for entry in sorted(folder.glob("*")):
        if entry.name not in named:
            yield f"{entry} was built, but no function in the template deploys it"


def main(template, folder):
    folder = pathlib.Path(folder)
    found = list(problems(yaml_parse(pathlib.Path(template).read_text(encoding="utf-8")), folder))
    for problem in found:
        print(problem, file=sys.stderr)
    sizes = [path.stat().st_size for path in folder.glob("*/bootstrap")]
    print(f"{len(sizes)} functions, {sum(sizes)} bytes, the largest {max(sizes, default=0)}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
