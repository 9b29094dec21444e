"""Checks that CloudFormation refuses wrong values of parameters before it creates anything, and accepts right ones.

It also checks that each rule refuses what it is for.

    constraints.py <expanded.json>
"""

import json
import pathlib
import sys

from parameters import problems as value_problems
from settle import Settling

ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
MEMORY = ["127", "300", "10241"]
RESERVED = ["-1", "10001"]
SCOPE = ["", "two words", 'a"quote', "a" * 65]
# Values that each parameter must refuse. A parameter without a line is refused by a rule.
REFUSED = {
    "Architecture": ["arm", "x86"],
    "CommandMemory": MEMORY,
    "QueryMemory": MEMORY,
    "ProjectionMemory": MEMORY,
    "CommandTimeout": ["2", "26"],
    "ProjectionTimeout": ["9", "301"],
    "HttpReservedConcurrency": RESERVED,
    "ProjectionReservedConcurrency": RESERVED,
    "OperatorReservedConcurrency": RESERVED,
    "WaitingReservedConcurrency": RESERVED,
    "Identity": ["", "auth0"],
    "JwtIssuer": ["http://identity.example.com", "identity.example.com", "https://"],
    "JwtAudience": ["one, two", ","],
    "WebCallbackUrls": ["http://shop.example.com/", "shop.example.com", "https://a.example.com/, https://b.example.com/"],
    "ReadScope": SCOPE,
    "WriteScope": SCOPE,
    "FulfilScope": SCOPE,
    "AdminScope": SCOPE,
    "CorsAllowedOrigins": ["shop.example.com", "https://shop.example.com/", "https://a.example.com, https://b.example.com"],
    "ThrottleRate": ["0", "10001"],
    "ThrottleBurst": ["0", "5001"],
    "WaitingThrottleRate": ["0", "10001"],
    "WaitingThrottleBurst": ["0", "5001"],
    "LongestWait": ["-1", "21"],
    "DomainName": ["API.example.com", "https://api.example.com", "localhost"],
    "CertificateArn": [ARN.format("iam", "certificate/a"), "a"],
    "HostedZoneId": ["example.com", "z1"],
    "DeploymentPreference": ["", "Canary10Percent1Minute"],
    "PriceSource": ["", "caller"],
    "PriceMaxAge": ["-1", "901"],
    "ExistingEventTable": ["ab", "events restored"],
    "StreamMode": ["", "PAY_PER_REQUEST"],
    "StreamShardCount": ["0", "501"],
    "StreamRetentionHours": ["23", "8761"],
    "ConsumerMode": ["", "dedicated"],
    "BatchSize": ["0", "10001"],
    "BatchWindow": ["-1", "301"],
    "ParallelizationFactor": ["0", "11"],
    "MaximumRetryAttempts": ["-2", "10001"],
    "MaximumRecordAge": ["59", "604801"],
    "EventBusName": ["the bus", "a" * 65],
    "EventSource": ["", "the shop", "a" * 65],
    "GenerationMaxAge": ["0", "61"],
    "RebuildSegments": ["0", "1001"],
    "RebuildCommitsPerSecond": ["0", "100001"],
    "AlarmTopicArn": [ARN.format("sqs", "alarms"), "alarms"],
    "AlarmEmail": ["operators", "operators@example"],
    "AvailabilityTarget": ["94.9", "100"],
    "FreshnessTarget": ["94.9", "100"],
    "FreshnessLimit": ["0"],
    "Telemetry": ["", "xray"],
    "TraceSampleRatio": ["-0.1", "1.1"],
    "CollectorConfig": ["", "jaeger"],
    "AdotLayerArn": [ARN.format("lambda", "layer:own"), "own"],
    "OtlpEndpoint": ["otlp.example.com", "grpc://otlp.example.com"],
    "OtlpHeaderName": ["", "x api key", "x-api-key:"],
    "OtlpHeaderSecretArn": [ARN.format("ssm", "parameter/key"), "key"],
    "DeletionProtection": ["", "yes"],
    "DataKeyArn": [ARN.format("kms", "alias/shop"), "alias/shop"],
    "PermissionsBoundaryArn": ["arn:aws:iam::123456789012:role/developer", "developer"],
    "LogLevel": ["", "LOUD"],
    "LogRetentionDays": ["0", "2", "3654"],
}
KEY = {"OtlpHeaderSecretArn": ARN.format("secretsmanager", "secret:otlp")}
LAYER = {"AdotLayerArn": ARN.format("lambda", "layer:own:1")}
ENDPOINT = {"OtlpEndpoint": "https://otlp.example.com"}
OTLP = {"Telemetry": "adot", "CollectorConfig": "otlphttp", **ENDPOINT}
ISSUER = {"JwtIssuer": "https://identity.example.com"}
CERTIFICATE = {"CertificateArn": ARN.format("acm", "certificate/a")}
# Parameters that each rule must refuse.
BROKEN = {
    "EarlierReleaseIsBlue": [{"LiveGeneration": "green"}],
    "ExternalIdentityHasAnIssuer": [
        {"Identity": "external", **ISSUER},
        {"Identity": "external", "JwtAudience": "shop"},
        {"Identity": "external", **ISSUER, "JwtAudience": "shop", "WebCallbackUrls": "https://shop.example.com/"},
    ],
    "UserPoolIsTheIssuer": [ISSUER, {"JwtAudience": "shop"}],
    "DomainHasACertificate": [{"DomainName": "api.example.com"}],
    "CertificateHasADomain": [CERTIFICATE, {"HostedZoneId": "Z1"}],
    "ExternalHasAnEndpoint": [{"Telemetry": "external"}],
    "OtlpHasAnEndpoint": [{"CollectorConfig": "otlphttp"}],
    "BatchingHasItsLayer": [OTLP | {"CollectorConfig": "otlphttp-batched"}],
    "HeaderHasItsCollector": [OTLP | KEY, KEY | LAYER, OTLP | KEY | LAYER | {"Telemetry": "external"}],
    "CollectorHasMemory": [{f"{side}Memory": "128"} for side in ("Command", "Query", "Projection")],
}


def values(template):
    declared = template["Parameters"].keys()
    by_rules = {name for cases in BROKEN.values() for case in cases for name in case}
    for name in sorted(declared - REFUSED.keys() - by_rules):
        yield f"{name} has no value in REFUSED: add values that it must refuse"
    for name in sorted(REFUSED.keys() - declared):
        yield f"{name} is no parameter: remove it from REFUSED"
    for name in sorted(REFUSED.keys() & declared):
        for value in REFUSED[name]:
            if name not in {wrong for wrong, _ in value_problems(template, {name: value})}:
                yield f"{name} accepts {value!r}: add a constraint to the parameter"
    for name, problem in value_problems(template, {}):
        yield f"the default of {name} {problem}"


def rules(template):
    for name in sorted(template["Rules"].keys() ^ BROKEN.keys()):
        yield f"{name} must be a rule with parameters in BROKEN that it refuses"
    for name in template["Rules"].keys() & BROKEN.keys():
        for given in BROKEN[name]:
            if not list(Settling(template, given).broken_rules({name: template["Rules"][name]})):
                yield f"{name} accepts {given}: correct the rule"


def problems(template):
    yield from values(template)
    yield from rules(template)


def main(path):
    wrong = list(problems(json.loads(pathlib.Path(path).read_text(encoding="utf-8"))))
    print("\n".join(wrong) or f"constraints: {len(REFUSED)} parameters and {len(BROKEN)} rules refuse wrong values")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
