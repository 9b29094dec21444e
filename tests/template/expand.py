"""Expands the SAM template into the CloudFormation that a deployment creates, offline.

cfn-lint does not look inside SAM's own resource types; it sees a wrong timeout or an undefined reference only
in what they expand to.

    expand.py <template.yaml> <expanded.json>
"""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform


class NoManagedPolicies:
    """Stands for the lookup of AWS's managed policies, which needs an account.

    Every role is written out in the template, so SAM has no policy name to look up.
    """

    def load(self):
        return {}


# The property of each type that names what `sam deploy` uploads.
UPLOADED = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


def with_uploaded_code(template):
    """Points each function and layer at an object in S3, as `sam deploy` does after the upload."""
    for resource in template["Resources"].values():
        if resource["Type"] in UPLOADED:
            resource["Properties"][UPLOADED[resource["Type"]]] = "s3://placeholder/code.zip"
    return template


def main(source, target):
    with open(source, encoding="utf-8") as file:
        template = with_uploaded_code(yaml_parse(file.read()))
    try:
        expanded = transform(template, {}, NoManagedPolicies())
    except InvalidDocumentException as error:
        sys.exit("\n".join([f"{source} does not expand:", *(cause.message for cause in error.causes)]))
    with open(target, "w", encoding="utf-8") as file:
        json.dump(expanded, file, indent=2)


if __name__ == "__main__":
    main(*sys.argv[1:])
