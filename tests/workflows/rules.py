"""Checks that workflows use pinned actions, hold no secret and have no permission that they do not need.

It also proves that the checks can fail: each planted fault must be one problem.

    rules.py <workflow.yml>...

Source: GitHub Docs, "Secure use reference": pin an action to a full commit, because its owner can move a tag. "Configuring
OpenID Connect in Amazon Web Services": only a job that assumes a role needs id-token. "OpenID Connect reference": every
step of a job with id-token can request a token, so such a job must run no code of dependencies.
"""

import pathlib
import re
import sys

import yaml

PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
CREDENTIALS = "aws-actions/configure-aws-credentials@"
# Commands that build, and thereby run the build scripts of dependencies. `.ci/` and `check` build, too.
BUILDS = re.compile(r"\b(build|cargo|check|go|make|npm|npx|rustc|rustup)\b|\.ci/")


def job_problems(name, job):
    actions = [step["uses"] for step in job["steps"] if "uses" in step]
    for action in actions:
        if not PINNED.match(action):
            yield f"{name}: {action} is not pinned to a commit"
    if "timeout-minutes" not in job:
        yield f"{name} has no timeout-minutes"
    allowed = {"contents": "read"}
    if any(action.startswith(CREDENTIALS) for action in actions):
        allowed["id-token"] = "write"
        if "environment" not in job:
            yield f"{name} deploys without an environment, so no rule protects it"
    if "id-token" in job.get("permissions", {}) and any(BUILDS.search(step.get("run", "")) for step in job["steps"]):
        yield f"{name} builds, so a build script can request a token: build in a job without id-token"
    if not job.get("permissions", {}).items() <= allowed.items():
        yield f"{name} has permissions that it does not need: {job['permissions']}"


def problems(text):
    workflow = yaml.safe_load(text)
    if "secrets." in text:
        yield "uses a secret: AWS needs none, because the role is assumed with OpenID Connect"
    if not workflow.get("permissions", {"missing": ""}).items() <= {"contents": "read"}.items():
        yield "must set permissions for all jobs to contents: read or to none"
    for name, job in workflow["jobs"].items():
        yield from job_problems(name, job)


def planted(text):
    """Yields copies of a workflow with one fault each. A fault that does not fit the workflow is left out."""
    for old, new in (
        (r"(uses: actions/checkout)@\w+", r"\1@v4"),
        (r"    timeout-minutes: \d+\n", ""),
        (r"\npermissions:( \{\}|\n  contents: read)\n", "\n"),
        (r"      id-token: write", "      id-token: write\n      packages: write"),
        (r"    environment: .*\n", ""),
        (r"vars\.AWS_ROLE_ARN", "secrets.AWS_ROLE_ARN"),
        (r"(          sam=)", r"          cargo build\n\1"),
        (r"(      - uses: aws-actions/)", r"      - run: tests/cargo-lambda/build --release\n\1"),
        (r"(      - uses: aws-actions/)", r"      - run: .ci/run\n\1"),
    ):
        if re.search(old, text):
            yield old, new, re.sub(old, new, text, count=1)


def main(paths):
    wrong, faults = [], set()
    for path in map(pathlib.Path, paths):
        text = path.read_text(encoding="utf-8")
        wrong += [f"{path}: {problem}" for problem in problems(text)]
        for old, new, broken in planted(text):
            fault = f"{old} → {new}"
            faults.add(fault)
            if len(list(problems(broken))) != 1:
                wrong.append(f"{path}: this planted fault is not exactly one problem: {fault}")
    if len(faults) < 9:
        wrong.append("a planted fault fits no workflow")
    print("\n".join(wrong) or f"workflow rules: {len(paths)} workflows are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
