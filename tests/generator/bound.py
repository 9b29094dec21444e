"""Prints the hashes of the project's compiled crates that are bound to the project's folder.

A copy of the project must compile these crates again, because cargo does not notice that the folder has another path:

- A crate may contain the path of its package.
- A crate may read a file outside of its package. Cargo looks for changes of this file in the project, not in the copy.

    bound.py <folder of compiled crates>

The script runs in the project's folder, and reads the dependencies that rustc writes next to each crate.
"""

import json
import pathlib
import posixpath
import subprocess
import sys

WORKSPACE = pathlib.Path("Cargo.toml")


def packages():
    """Returns the folders of the workspace's packages, relative to the workspace."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    root = pathlib.Path(metadata["workspace_root"])
    return {pathlib.Path(one["manifest_path"]).parent.relative_to(root) for one in metadata["packages"]}


def is_bound(lines, folders):
    """Tells whether the crate with these lines of dependencies is bound to the project's folder."""
    if any(line.startswith("# env-dep:CARGO_MANIFEST_") for line in lines):
        return True
    # Files of registry crates and of build scripts have absolute paths.
    names = [line[:-1] for line in lines if line.endswith(":") and not line.startswith(("/", "#"))]
    files = [pathlib.Path(posixpath.normpath(name)) for name in names]
    package = next((one for file in files[:1] for one in file.parents if one in folders), None)
    # Clippy reads the manifest of the workspace, which a run of the generator does not change.
    return package is not None and any(package not in file.parents for file in files if file != WORKSPACE)


def main(deps):
    folders = packages()
    for path in pathlib.Path(deps).glob("*.d"):
        if is_bound(path.read_text(encoding="utf-8").splitlines(), folders):
            print(path.stem.rpartition("-")[2])


if __name__ == "__main__":
    main(*sys.argv[1:])
