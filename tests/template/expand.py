"""Expands the SAM template, offline, into the CloudFormation template that a deployment uses.

cfn-lint does not check the properties of SAM's own resource types. It finds a wrong timeout or an undefined reference
only in the expanded template.

SAM itself reads the value of DeploymentPreference, so each value of it has another expanded template.

    expand.py <template.yaml> <expanded.json> [Name=value ...]
"""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """Replaces the lookup of AWS managed policies, which needs an account.

    The template defines every role itself, so SAM has no policy to look up.
    """

    def load(self):
        return {}


# The property of each type that has the folder that `sam deploy` uploads.
UPLOADED = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def with_uploaded_code(template):
    """Replaces the folder of each function and layer by an object in S3, as `sam deploy` does after the upload."""
    for resource in template["Resources"].values():
        if resource["Type"] in UPLOADED:
            resource["Properties"][UPLOADED[resource["Type"]]] = "s3://placeholder/code.zip"
    return template


def main(source, target, *parameters):
    with open(source, encoding="utf-8") as file:
        template = with_uploaded_code(yaml_parse(file.read()))
    try:
        expanded = transform(template, dict(one.split("=", 1) for one in parameters), NoManagedPolicies())
    except InvalidDocumentException as error:
        sys.exit("\n".join([f"{source} cannot be expanded:", *(cause.message for cause in error.causes)]))
    with open(target, "w", encoding="utf-8") as file:
        json.dump(expanded, file, indent=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
