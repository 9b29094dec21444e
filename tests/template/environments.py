"""Runs `sam deploy` without AWS: every prompt of --guided with Enter only, and every environment of samconfig.toml.

The code of the SAM CLI asks the questions, reads samconfig.toml and reads the template. Only its calls to AWS are
replaced. The values with which it would deploy must be those that CloudFormation accepts. Planted faults prove that the
checks can fail.

    environments.py <expanded.json>
"""

import contextlib
import io
import json
import pathlib
import re
import sys
import tempfile
import tomllib
from unittest import mock

from click.testing import CliRunner
from samcli.cli.main import cli

from parameters import problems

TEMPLATE, CONFIG = pathlib.Path("template.yaml"), pathlib.Path("samconfig.toml")
ENVIRONMENTS = ("dev", "staging", "prod")
# The parameter has one value, and only lets CloudFormation refuse a stack of an earlier release.
OF_EARLIER_RELEASES = {"LiveGeneration"}


class NotDeployed(Exception):
    """The SAM CLI did not come to the deployment. The text is the end of its output."""


class Answers(io.BytesIO):
    """The input for prompts. A prompt after the last answer ends the program, and is not asked again forever."""

    def read1(self, *size):
        if not (found := super().read1(*size)):
            raise EOFError
        return found


def deploy(arguments, template, config, answers=b""):
    """Returns the arguments with which `sam deploy` would deploy. `answers` is the input for its prompts."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        copy = pathlib.Path(folder) / "samconfig.toml"
        copy.write_text(config, encoding="utf-8")
        source = pathlib.Path(folder) / "template.yaml"
        source.write_text(template, encoding="utf-8")
        for calls_aws in (
            "samcli.commands.deploy.command.manage_stack",
            "samcli.commands.deploy.command.print_managed_s3_bucket_info",
            "samcli.commands.deploy.guided_context.manage_stack",
            "samcli.commands.deploy.guided_context.print_managed_s3_bucket_info",
            "samcli.commands.deploy.guided_context.CompanionStackManager",
            "samcli.commands.package.package_context.PackageContext",
        ):
            stack.enter_context(mock.patch(calls_aws, return_value=mock.MagicMock()))
        deployed = stack.enter_context(mock.patch("samcli.commands.deploy.deploy_context.DeployContext"))
        files = ["--template-file", str(source), "--config-file", str(copy)]
        result = CliRunner().invoke(cli, ["deploy", *files, *arguments], input=Answers(answers))
        if not deployed.called:
            raise NotDeployed(f"{result.output[-500:]}{result.exception or ''}")
        return deployed.call_args.kwargs


def guided_problems(expanded, template):
    """Yields the problems of a guided deployment in which every answer is Enter."""
    prompts = len(re.findall(r"^  \w+:\n    Type: (?:String|Number|CommaDelimitedList)$", template, re.MULTILINE))
    try:
        # Some prompts are about the stack and not about parameters. When the answers end, the SAM CLI gives up.
        given = deploy(["--guided"], template, CONFIG.read_text(encoding="utf-8"), b"\n" * (prompts + 20))
    except NotDeployed as error:
        yield f"guided: the prompts do not end with Enter only: {error}"
        return
    for name, problem in problems(expanded, given["parameter_overrides"]):
        yield f"guided: with Enter, {name} {problem}"


def environment_problems(expanded, config, environment):
    """Yields the problems of `sam deploy --config-env` with an environment."""
    try:
        given = deploy(["--config-env", environment], TEMPLATE.read_text(encoding="utf-8"), config)
    except NotDeployed as error:
        yield f"{environment}: sam deploy refuses the configuration: {error}"
        return
    overrides = given["parameter_overrides"]
    for name, problem in problems(expanded, overrides):
        yield f"{environment}: {name} {problem}"
    for name in overrides:
        if expanded["Parameters"].get(name, {}).get("NoEcho"):
            yield f"{environment}: {name} is a secret and must not be in samconfig.toml"
        if name in OF_EARLIER_RELEASES:
            yield f"{environment}: {name} must not be in samconfig.toml; the rebuild function switches the generations"
    if not given["stack_name"].endswith(f"-{environment}") or (given["tags"] or {}).get("environment") != environment:
        yield f"{environment}: the stack's name and the tag environment must name the environment"


def planted(config):
    """Yields copies of samconfig.toml that each have one fault in the environment dev."""
    for old, new in (
        ('"LogLevel=DEBUG"', '"LogLevel=LOUD"'),
        ('"LogLevel=DEBUG"', '"LogLevl=DEBUG"'),
        ('"LogLevel=DEBUG"', '"LiveGeneration=blue"'),
        ('"TraceSampleRatio=1"', '"TraceSampleRatio=2"'),
        ('"StreamMode=PROVISIONED"', '"CommandMemory=128"'),
        ('    "JwtAudience=cqrs-ecommerce-dev",\n', ""),
        ("https://dev.identity", "http://dev.identity"),
        ("environment=dev", "environment=prod"),
        ('tags = ["application=cqrs-ecommerce", ', 'tgas = ["application=cqrs-ecommerce", '),
    ):
        if old not in config:
            raise NotDeployed(f"samconfig.toml has no {old}")
        yield f"{old} → {new}", config.replace(old, new, 1)


def main(path):
    expanded = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    template, config = TEMPLATE.read_text(encoding="utf-8"), CONFIG.read_text(encoding="utf-8")
    wrong = list(guided_problems(expanded, template))
    secret = "Parameters:\n  Key:\n    Type: String\n    Default: ''\n    NoEcho: true\n"
    if not list(guided_problems(expanded, template.replace("Parameters:\n  Arch", f"{secret}  Arch", 1))):
        wrong.append("guided: the check does not find a NoEcho parameter with an empty default")
    wrong += [f"samconfig.toml has no environment {name}" for name in set(ENVIRONMENTS) - tomllib.loads(config).keys()]
    for environment in ENVIRONMENTS:
        wrong += environment_problems(expanded, config, environment)
    for fault, broken in planted(config):
        if len(list(environment_problems(expanded, broken, "dev"))) != 1:
            wrong.append(f"dev: this planted fault is not exactly one problem: {fault}")
    print("\n".join(wrong) or f"environments: --guided and {', '.join(ENVIRONMENTS)} are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
