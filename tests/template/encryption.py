"""Checks that every resource with data encrypts it, with the key of the parameter DataKeyArn if it is given, and that its
policy denies access without TLS to every role.

Log groups and layers need no setting, because CloudWatch Logs and Lambda always encrypt. Kinesis and the HTTP API have
no endpoint without TLS. (Source: AWS General Reference, "Service endpoints and quotas"; Amazon CloudWatch Logs User
Guide, "Encrypt log data"; API Gateway Developer Guide, "Data protection".)

    encryption.py <settled.json>...
"""

import json
import pathlib
import sys


def is_kms(stream):
    encryption = stream.get("StreamEncryption", {})
    return encryption.get("EncryptionType") == "KMS" and bool(encryption.get("KeyId"))


# The place of the KMS key in each type that DataKeyArn encrypts. (Source: AWS CloudFormation Template Reference.)
KEYS = {
    "AWS::DynamoDB::Table": lambda table: table.get("SSESpecification", {}).get("KMSMasterKeyId"),
    "AWS::Kinesis::Stream": lambda stream: stream.get("StreamEncryption", {}).get("KeyId"),
    "AWS::SQS::Queue": lambda queue: queue.get("KmsMasterKeyId"),
    "AWS::Logs::LogGroup": lambda group: group.get("KmsKeyId"),
}
OWN_KEY = {"Ref": "DataKeyArn"}
# For each type of resource, a function that tells whether a resource encrypts its data.
AT_REST = {
    "AWS::DynamoDB::Table": lambda table: table.get("SSESpecification", {}).get("SSEEnabled") is True,
    "AWS::Kinesis::Stream": is_kms,
    "AWS::SQS::Queue": lambda queue: queue.get("SqsManagedSseEnabled") is True or "KmsMasterKeyId" in queue,
    "AWS::SNS::Topic": lambda topic: "KmsMasterKeyId" in topic,
    "AWS::Logs::LogGroup": lambda _: True,
    # A subscription and a consumer store no data.
    "AWS::SNS::Subscription": lambda _: True,
    "AWS::Kinesis::StreamConsumer": lambda _: True,
}
# Services that store data. A resource of these services must have its type in AT_REST.
KEEPERS = ("AWS::DynamoDB::", "AWS::Kinesis::", "AWS::KinesisFirehose::", "AWS::SQS::", "AWS::SNS::", "AWS::S3::", "AWS::RDS::")
# The types of policies that can deny access without TLS, with the property that lists their resources.
POLICIES = {"AWS::SQS::QueuePolicy": "Queues", "AWS::SNS::TopicPolicy": "Topics"}
# Types whose service also accepts plain HTTP, with the actions that a policy must deny.
PLAIN = {"AWS::DynamoDB::Table": "dynamodb:*", "AWS::SQS::Queue": "sqs:*", "AWS::SNS::Topic": "sns:*"}
INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def as_list(value):
    return value if isinstance(value, list) else [value]


def denies_plain_http(policy, action, resource):
    """Tells whether a statement of `policy` denies `action` on `resource` without TLS to every principal."""
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


def check(resources, has_own_key):
    for name, resource in resources.items():
        kind = resource["Type"]
        if kind in AT_REST:
            if not AT_REST[kind](resource.get("Properties", {})):
                yield f"{name} does not encrypt its data: set the encryption of a {kind}"
        elif kind.startswith(KEEPERS) and kind not in POLICIES:
            yield f"{name}: this check does not know how a {kind} encrypts its data: add the type to AT_REST"
        if kind in KEYS and (KEYS[kind](resource.get("Properties", {})) == OWN_KEY) != has_own_key:
            yield f"{name} must have the key DataKeyArn exactly if it is given"
        if kind in PLAIN and not in_transit(name, resource, resources):
            yield f"{name} accepts requests without TLS: deny them in its policy"


def planted(resources):
    """Yields a description and the resources for each fault that can be planted in `resources`."""
    for name, resource in resources.items():
        faults = {
            "AWS::DynamoDB::Table": ["SSESpecification", "ResourcePolicy"],
            "AWS::Kinesis::Stream": ["StreamEncryption"],
            "AWS::SQS::Queue": ["SqsManagedSseEnabled", "KmsMasterKeyId"],
            "AWS::Logs::LogGroup": ["KmsKeyId"],
            "AWS::SNS::Topic": ["KmsMasterKeyId"],
        }
        for missing in set(faults.get(resource["Type"], [])) & resource["Properties"].keys():
            properties = {key: value for key, value in resource["Properties"].items() if key != missing}
            yield f"{name} without {missing}", resources | {name: resource | {"Properties": properties}}
        if resource["Type"] in POLICIES:
            yield f"without {name}", {other: one for other, one in resources.items() if other != name}


def problems(template):
    yield from check(template["Resources"], bool(template["Metadata"]["Settled"]["DataKeyArn"]))


def main(*paths):
    wrong = []
    for path in map(pathlib.Path, paths):
        template = json.loads(path.read_text(encoding="utf-8"))
        wrong += [f"{path.stem}: {problem}" for problem in problems(template)]
        # This proves that the check can fail.
        faults = planted(template["Resources"])
        unseen = [fault for fault, broken in faults if not any(problems(template | {"Resources": broken}))]
        wrong += [f"{path.stem}: the check does not find this planted fault: {fault}" for fault in unseen]
    for problem in wrong:
        print(problem, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
