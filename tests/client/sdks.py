"""Checks what boto3 and the AWS CLI show on the embedded stack: answers of what it serves, and refusals of the rest.

    sdks.py <AWS endpoint>

Each SDK reads an error in the protocol of its service only, and shows an error of its own parser otherwise. The calls
below use every protocol.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]
REGION = "us-east-1"
SENTENCE = " is not served by the local stack. "
ROLE = "arn:aws:iam::000000000000:role/none"
TOPIC = "arn:aws:sns:us-east-1:000000000000:none"

# Service, operation, parameters, and the name of the operation in the refusal.
REFUSED = [
    ("s3", "list_buckets", {}, "s3 GET /"),
    ("s3", "create_bucket", {"Bucket": "bucket"}, "s3 PUT /bucket"),
    ("s3", "put_object", {"Bucket": "bucket", "Key": "a&b", "Body": b"text"}, "s3 PUT /bucket/a%26b"),
    ("s3", "get_object", {"Bucket": "bucket", "Key": "key"}, "s3 GET /bucket/key"),
    ("sns", "publish", {"TopicArn": TOPIC, "Message": "text"}, "sns Publish"),
    ("sns", "create_topic", {"Name": "topic"}, "sns CreateTopic"),
    ("sqs", "create_queue", {"QueueName": "queue"}, "SQS CreateQueue"),
    ("dynamodb", "create_backup", {"TableName": "table", "BackupName": "backup"}, "DynamoDB CreateBackup"),
    ("kinesis", "create_stream", {"StreamName": "stream", "ShardCount": 1}, "Kinesis CreateStream"),
    (
        "lambda",
        "create_function",
        {"FunctionName": "f", "Role": ROLE, "Code": {"ZipFile": b"x"}},
        "lambda POST /2015-03-31/functions",
    ),
    ("lambda", "list_layers", {}, "lambda GET /2018-10-31/layers"),
    ("sts", "assume_role", {"RoleArn": ROLE, "RoleSessionName": "session"}, "sts AssumeRole"),
    ("iam", "list_roles", {}, "iam ListRoles"),
    (
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "n", "MetricData": [{"MetricName": "m"}]},
        "monitoring PutMetricData",
    ),
    ("cloudformation", "list_stacks", {}, "cloudformation ListStacks"),
    ("ec2", "describe_instances", {}, "ec2 DescribeInstances"),
    ("route53", "list_hosted_zones", {}, "route53 GET /2013-04-01/hostedzone"),
    ("ssm", "get_parameter", {"Name": "name"}, "ssm GetParameter"),
    ("secretsmanager", "get_secret_value", {"SecretId": "id"}, "secretsmanager GetSecretValue"),
    ("events", "put_rule", {"Name": "rule", "EventPattern": "{}"}, "EventBridge PutRule"),
    ("logs", "create_log_group", {"logGroupName": "group"}, "CloudWatch Logs CreateLogGroup"),
    ("stepfunctions", "list_state_machines", {}, "states ListStateMachines"),
    ("apigatewayv2", "get_apis", {}, "apigateway GET /v2/apis"),
]

# Commands of the AWS CLI with the name of the operation in the refusal.
REFUSED_COMMANDS = [
    (["s3", "ls"], "s3 GET /"),
    (["s3", "mb", "s3://bucket"], "s3 PUT /bucket"),
    (["sns", "publish", "--topic-arn", TOPIC, "--message", "text"], "sns Publish"),
    (["sqs", "create-queue", "--queue-name", "queue"], "SQS CreateQueue"),
    (["dynamodb", "create-backup", "--table-name", "table", "--backup-name", "backup"], "DynamoDB CreateBackup"),
    (["kinesis", "create-stream", "--stream-name", "stream"], "Kinesis CreateStream"),
    (["lambda", "delete-function", "--function-name", "f"], "lambda DELETE /2015-03-31/functions/f"),
    (["sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "session"], "sts AssumeRole"),
    (["iam", "list-users"], "iam ListUsers"),
    (
        ["cloudwatch", "put-metric-data", "--namespace", "n", "--metric-name", "m", "--value", "1"],
        "monitoring PutMetricData",
    ),
    (["ec2", "describe-vpcs"], "ec2 DescribeVpcs"),
    (["ssm", "get-parameter", "--name", "name"], "ssm GetParameter"),
    (["secretsmanager", "list-secrets"], "secretsmanager ListSecrets"),
    (["events", "list-rules"], "EventBridge ListRules"),
]

failures = []


def check(name, is_right, shown):
    """Records a check, with what the SDK showed if it failed."""
    if not is_right:
        failures.append(f"{name}: {shown}")


def client(service):
    """A client of a service at the endpoint, which sends each request once."""
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id="developer",
        aws_secret_access_key="secret",
        config=config,
    )


def refusals():
    """Every refused call raises the SDK's error for a refusal by the service, with the stack's sentence."""
    for service, operation, parameters, name in REFUSED:
        try:
            shown = f"answered {getattr(client(service), operation)(**parameters)}"
        except ClientError as error:
            shown = error.response["Error"].get("Message", str(error))
        except Exception as error:  # An error of the SDK's parser is what this check looks for.
            shown = repr(error)
        check(f"boto3 {service} {operation}", shown.startswith(name + SENTENCE), shown)


def aws(*arguments):
    """Runs the AWS CLI."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ACCESS_KEY_ID": "developer",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_MAX_ATTEMPTS": "1",
    }
    program = [sys.executable, Path(sys.executable).with_name("aws"), "--endpoint-url", ENDPOINT]
    return subprocess.run(
        [*program, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def commands():
    """The AWS CLI prints the sentence."""
    for arguments, name in REFUSED_COMMANDS:
        done = aws(*arguments)
        is_refused = done.returncode != 0 and name + SENTENCE in done.stderr
        check("aws " + " ".join(arguments), is_refused, done.stderr or done.stdout)
    identity = aws("sts", "get-caller-identity")
    check("aws sts get-caller-identity", '"Account": "000000000000"' in identity.stdout, identity.stderr)


def served():
    """The answers of the small services are what the SDK's parsers expect."""
    identity = client("sts").get_caller_identity()
    check("GetCallerIdentity", identity["Arn"] == "arn:aws:iam::000000000000:root", identity)

    tables = client("dynamodb")
    table = tables.list_tables()["TableNames"][0]
    described = tables.describe_table(TableName=table)["Table"]
    by_arn = tables.describe_table(TableName=described["TableArn"])["Table"]
    check("a table by its ARN", by_arn["TableName"] == table, by_arn)
    destinations = tables.describe_kinesis_streaming_destination(TableName=table)
    check("DescribeKinesisStreamingDestination", destinations["TableName"] == table, destinations)
    backups = tables.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    check("DescribeContinuousBackups", backups["ContinuousBackupsStatus"] == "ENABLED", backups)
    streams = client("dynamodbstreams").list_streams()["Streams"]
    check("ListStreams of DynamoDB Streams", all(stream["TableName"] for stream in streams), streams)

    entry = {"Source": "orders", "DetailType": "OrderPlaced", "Detail": json.dumps({"id": 7})}
    put = client("events").put_events(Entries=[entry, {**entry, "Detail": "[]"}])
    codes = [result.get("ErrorCode") for result in put["Entries"]]
    check("PutEvents", (put["FailedEntryCount"], codes) == (1, [None, "MalformedDetail"]), put)

    logs = client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    check("DescribeLogGroups", any(group.endswith("-create-order") for group in groups), groups)
    # The request that `aws logs tail --since 1h` sends.
    pages = logs.get_paginator("filter_log_events")
    since = int(time.time() * 1000) - 3_600_000
    found = [
        event
        for group in groups
        for page in pages.paginate(logGroupName=group, startTime=since, interleaved=True)
        for event in page["events"]
    ]
    check("FilterLogEvents", any(event["message"].startswith("REPORT RequestId: ") for event in found), found[:3])


served()
refusals()
commands()
if failures:
    print("\n".join(failures), file=sys.stderr)
    sys.exit(1)
print(f"client: boto3 shows {len(REFUSED)} refusals, and the AWS CLI {len(REFUSED_COMMANDS)}")
