"""Checks in settled templates that no table loses its data: with the stack, by mistake, or after a damage.

It also checks for how long the queues and the stream keep what they have.

    durability.py <settled.json>...
"""

import sys

from checking import run
from functions import of_type

TABLE = "AWS::DynamoDB::Table"
# Two weeks in seconds, which is the longest time of a queue (Amazon SQS API Reference, "CreateQueue").
QUEUE_RETENTION = 14 * 24 * 3600
# docs/restore.md: a restored table lacks these settings, so the event table must have none of them.
NOT_RESTORED = ("TimeToLiveSpecification", "StreamSpecification", "ProvisionedThroughput")


def tables(template):
    is_protected = template["Metadata"]["Settled"]["DeletionProtection"] == "true"
    for name, table in of_type(template, TABLE).items():
        resource = template["Resources"][name]
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(policy) != "Retain":
                yield f"{name} must have {policy}: Retain, because the table must outlive the stack"
        if table.get("DeletionProtectionEnabled") is not is_protected:
            yield f"{name} must have DeletionProtectionEnabled exactly with DeletionProtection=true"
        if table.get("PointInTimeRecoverySpecification") != {"PointInTimeRecoveryEnabled": True}:
            yield f"{name} must have point-in-time recovery"
        if table.get("BillingMode") != "PAY_PER_REQUEST":
            yield f"{name} must have BillingMode: PAY_PER_REQUEST, because the stack has no auto scaling"
        if forgotten := [setting for setting in NOT_RESTORED if setting in table]:
            yield f"{name} must not have {', '.join(forgotten)}: a restore loses it, and docs/restore.md does not set it"


def replication(template):
    expected = {
        "StreamArn": {"Fn::GetAtt": ["EventStream", "Arn"]},
        "ApproximateCreationDateTimePrecision": "MICROSECOND",
    }
    for name, table in of_type(template, TABLE).items():
        if table.get("KinesisStreamSpecification") != (expected if name == "EventTable" else None):
            yield f"{name}: EventTable alone sends its changes to EventStream, with the precision MICROSECOND"


def retention(template):
    for name, queue in of_type(template, "AWS::SQS::Queue").items():
        if queue.get("MessageRetentionPeriod") != QUEUE_RETENTION:
            yield f"{name} must keep its messages for {QUEUE_RETENTION} s"
    streams = of_type(template, "AWS::Kinesis::Stream")
    for name, stream in streams.items():
        if stream.get("RetentionPeriodHours") != {"Ref": "StreamRetentionHours"}:
            yield f"{name} must keep its records for StreamRetentionHours"
        is_provisioned = template["Metadata"]["Settled"]["StreamMode"] == "PROVISIONED"
        shards = {"Ref": "StreamShardCount"} if is_provisioned else None
        if stream.get("StreamModeDetails") != {"StreamMode": {"Ref": "StreamMode"}} or stream.get("ShardCount") != shards:
            yield f"{name} must have the mode StreamMode, and StreamShardCount shards exactly if it is PROVISIONED"
    if list(streams) != ["EventStream"]:
        yield f"the streams are {list(streams)}, not EventStream alone"


def problems(template):
    for check in (tables, replication, retention):
        yield from check(template)


if __name__ == "__main__":
    sys.exit(run("durability", problems))
