"""Checks that what keeps data encrypts it, and that nobody reaches it without TLS, whatever a role allows.

Log groups and layers need no word for it: CloudWatch Logs and Lambda encrypt all that they keep. Kinesis and the HTTP API
have no endpoint without TLS. (Source: AWS General Reference, "Service endpoints and quotas"; Amazon CloudWatch Logs User
Guide, "Encrypt log data"; API Gateway Developer Guide, "Data protection".)

    encryption.py <settled.json>...
"""

import json
import pathlib
import sys


def is_kms(stream):
    encryption = stream.get("StreamEncryption", {})
    return encryption.get("EncryptionType") == "KMS" and bool(encryption.get("KeyId"))


# What says that a resource encrypts what it keeps, by its type.
AT_REST = {
    "AWS::DynamoDB::Table": lambda table: table.get("SSESpecification", {}).get("SSEEnabled") is True,
    "AWS::Kinesis::Stream": is_kms,
    "AWS::SQS::Queue": lambda queue: queue.get("SqsManagedSseEnabled") is True or "KmsMasterKeyId" in queue,
    "AWS::SNS::Topic": lambda topic: "KmsMasterKeyId" in topic,
    "AWS::Logs::LogGroup": lambda _: True,
    # It says where a topic's messages go, and keeps none.
    "AWS::SNS::Subscription": lambda _: True,
}
# Types that keep data and that this check does not know: whoever adds one says here how it encrypts.
KEEPERS = ("AWS::DynamoDB::", "AWS::Kinesis::", "AWS::KinesisFirehose::", "AWS::SQS::", "AWS::SNS::", "AWS::S3::", "AWS::RDS::")
# Policies that say who may not come without TLS: what they call the resources they are about.
POLICIES = {"AWS::SQS::QueuePolicy": "Queues", "AWS::SNS::TopicPolicy": "Topics"}
# Services whose endpoints take plain HTTP.
PLAIN = {"AWS::DynamoDB::Table": "dynamodb:*", "AWS::SQS::Queue": "sqs:*", "AWS::SNS::Topic": "sns:*"}
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def as_list(value):
    return value if isinstance(value, list) else [value]


def denies_plain_http(policy, action, resource):
    """Whether a statement of `policy` keeps everybody from `action` on `resource` without TLS."""
    for statement in policy.get("PolicyDocument", {}).get("Statement", []):
        everybody = statement.get("Principal") in ("*", {"AWS": "*"})
        if (
            statement["Effect"] == "Deny"
            and everybody
            and as_list(statement["Action"]) == [action]
            and statement.get("Condition") == INSECURE
            and resource in as_list(statement["Resource"])
        ):
            return True
    return False


def in_transit(name, resource, resources):
    kind = resource["Type"]
    if kind == "AWS::DynamoDB::Table":
        return denies_plain_http(resource["Properties"].get("ResourcePolicy", {}), PLAIN[kind], "*")
    arn = {"Ref": name} if kind == "AWS::SNS::Topic" else {"Fn::GetAtt": [name, "Arn"]}
    policies = (one for one in resources.values() if one["Type"] in POLICIES)
    about = (one["Properties"] for one in policies if {"Ref": name} in one["Properties"][POLICIES[one["Type"]]])
    return any(denies_plain_http(policy, PLAIN[kind], arn) for policy in about)


def check(resources):
    for name, resource in resources.items():
        kind = resource["Type"]
        if kind in AT_REST:
            if not AT_REST[kind](resource.get("Properties", {})):
                yield f"{name} does not say that it encrypts what it keeps"
        elif kind.startswith(KEEPERS) and kind not in POLICIES:
            yield f"{name}: nobody has said how a {kind} encrypts what it keeps"
        if kind in PLAIN and not in_transit(name, resource, resources):
            yield f"{name} can be reached without TLS"


def planted(resources):
    """Every fault that can be planted in `resources`, one at a time: the way to break it, and the resource broken."""
    for name, resource in resources.items():
        faults = {
            "AWS::DynamoDB::Table": ["SSESpecification", "ResourcePolicy"],
            "AWS::Kinesis::Stream": ["StreamEncryption"],
            "AWS::SQS::Queue": ["SqsManagedSseEnabled"],
            "AWS::SNS::Topic": ["KmsMasterKeyId"],
        }
        for missing in faults.get(resource["Type"], []):
            properties = {key: value for key, value in resource["Properties"].items() if key != missing}
            yield f"{name} without {missing}", resources | {name: resource | {"Properties": properties}}
        if resource["Type"] in POLICIES:
            yield f"without {name}", {other: one for other, one in resources.items() if other != name}


def main(*paths):
    problems = []
    for path in map(pathlib.Path, paths):
        resources = json.loads(path.read_text(encoding="utf-8"))["Resources"]
        problems += [f"{path.stem}: {problem}" for problem in check(resources)]
        # A check that cannot fail is none.
        problems += [f"{path.stem}: {fault} is not found" for fault, broken in planted(resources) if not any(check(broken))]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
