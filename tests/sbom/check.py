"""Checks the functions' SBOMs: each function has one, it is valid CycloneDX, and it lists what is in the binary.

    check.py <folder>
"""

import json
import pathlib
import sys
import tomllib

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

# Components that every function has, and components that only tests and local stacks have.
IN_ALL = ("lambda_runtime", "ring", "tokio")
IN_NONE = ("dynoxide-rs", "localstack", "stack-base", "testing", "shop-testing", "libfuzzer-sys", "proptest", "schemars")


def valid(boms):
    """Yields the violations of the CycloneDX schema.

    The components of all SBOMs are validated in one document, because most of them are the same.
    """
    components = {json.dumps(one, sort_keys=True): one for bom in boms for one in bom["components"]}
    union = boms[0] | {"components": list(components.values())}
    if len(components) != len({one["bom-ref"] for one in components.values()}):
        yield "two SBOMs describe the same component differently"
    if error := JsonStrictValidator(SchemaVersion.V1_5).validate_str(json.dumps(union)):
        yield f"the SBOMs are not valid CycloneDX 1.5: {str(error).splitlines()[0]}"
    for bom in boms:
        if (bom.keys(), bom["bomFormat"], bom["specVersion"]) != (union.keys(), "CycloneDX", "1.5"):
            yield f"{bom['metadata']['component']['name']} has another format than the first SBOM: {sorted(bom)}"


def check(path, locked):
    text = path.read_text(encoding="utf-8")
    bom = json.loads(text)
    known = {one["bom-ref"] for one in [bom["metadata"]["component"], *bom["components"]]}
    edges = [(one["ref"], other) for one in bom["dependencies"] for other in one["dependsOn"]]
    yield from (f"{one} depends on {other}, and one is missing" for one, other in edges if not {one, other} <= known)
    if str(pathlib.Path.cwd()) in text:
        yield "it contains a path of the machine that wrote it"
    subject = bom["metadata"]["component"]["name"]
    if f"{subject}.cdx.json" != path.name:
        yield f"it describes {subject}"
    components = {(one["name"], one["version"]): one for one in bom["components"]}
    names = {name for name, _ in components}
    for name in IN_ALL:
        versions = locked.get(name, set())
        if not any((name, version) in components for version in versions):
            yield f"it lacks {name} in a version of Cargo.lock, {sorted(versions)}"
    yield from (f"it has {name}, which no function needs" for name in IN_NONE if name in names)
    for (name, version), component in components.items():
        if version not in locked.get(name, set()):
            yield f"{name} {version} is not in Cargo.lock"
        if not component.get("licenses") or not component.get("purl", "").startswith(f"pkg:cargo/{name}@{version}"):
            yield f"{name} {version} lacks a licence or a package URL"


def main(folder):
    packages = tomllib.loads(pathlib.Path("Cargo.lock").read_text(encoding="utf-8"))["package"]
    locked = {}
    for package in packages:
        locked.setdefault(package["name"], set()).add(package["version"])
    files = {path.name.removesuffix(".cdx.json"): path for path in pathlib.Path(folder).glob("*.cdx.json")}
    functions = {path.stem for path in pathlib.Path("functions").glob("*/src/bin/*.rs")}
    problems = [f"{name}: the function or its SBOM is missing" for name in functions ^ files.keys()]
    problems += [f"{name}: {problem}" for name, path in sorted(files.items()) for problem in check(path, locked)]
    problems += valid([json.loads(path.read_text(encoding="utf-8")) for path in files.values()])
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems or not files:
        sys.exit(1)
    print(f"sbom: {len(files)} functions, all checks pass")


if __name__ == "__main__":
    main(*sys.argv[1:])
