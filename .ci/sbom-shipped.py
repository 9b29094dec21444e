"""Removes components from an SBOM that are not in the function's binary.

cargo-cyclonedx also lists dependencies that only features of the workspace's tests enable.

    sbom-shipped.py <SBOM of cargo-cyclonedx> <SBOM to write> < <lines of cargo tree: name and version>
"""

import json
import pathlib
import sys


def main(source, target):
    shipped = {(line.split()[0], line.split()[1].removeprefix("v")) for line in sys.stdin if line.strip()}
    text = pathlib.Path(source).read_text(encoding="utf-8")
    # The ids of this workspace's packages contain absolute paths. They are made relative to the workspace.
    bom = json.loads(text.replace(f"path+file://{pathlib.Path.cwd()}/", "path+file:///"))
    bom["components"] = [one for one in bom["components"] if (one["name"], one["version"]) in shipped]
    kept = {one["bom-ref"] for one in bom["components"]} | {bom["metadata"]["component"]["bom-ref"]}
    bom["dependencies"] = [
        one | {"dependsOn": [other for other in one.get("dependsOn", []) if other in kept]}
        for one in bom["dependencies"]
        if one["ref"] in kept
    ]
    pathlib.Path(target).write_text(json.dumps(bom, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
