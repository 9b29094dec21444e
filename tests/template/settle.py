"""Settles an expanded template: evaluates its conditions, for many combinations of the parameters in them.

A settled template has only the resources and the values that a deployment with these parameters creates. The given
values become the defaults of the parameters. `Settled` in the metadata has the values of all parameters, and `Declared` the
names of all resources and outputs, also of those that this deployment does not create.

The combinations in GRADUAL settle the template that SAM expands for a gradual deployment.

    settle.py <expanded.json> <gradual.json> <folder>
"""

import itertools
import json
import pathlib
import sys

NO_VALUE = {"Ref": "AWS::NoValue"}

LAYER = {"AdotLayerArn": "arn:aws:lambda:eu-west-1:123456789012:layer:own:1"}
ENDPOINT = {"OtlpEndpoint": "https://otlp.example.com"}
# The rules allow the secret only with a layer of one's own, because the collector of the default layer reads no secrets.
SECRET = {"OtlpHeaderSecretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:otlp/key-AbCdEf"}
TELEMETRY = [
    {"Telemetry": "off"},
    {"Telemetry": "external", **ENDPOINT},
    {"Telemetry": "adot", "CollectorConfig": "awsxray"},
    {"Telemetry": "adot", "CollectorConfig": "awsxray", **LAYER},
    {"Telemetry": "adot", "CollectorConfig": "otlphttp", **ENDPOINT},
    {"Telemetry": "adot", "CollectorConfig": "otlphttp", **ENDPOINT, **SECRET, **LAYER},
    {"Telemetry": "adot", "CollectorConfig": "otlphttp-batched", **ENDPOINT, **LAYER},
]
OWNED = {
    "DataKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-1111-2222-3333-444455556666",
    "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/developer",
}
OTHERS = [
    {"Architecture": "arm64", "PriceSource": "catalog"},
    {"Architecture": "x86_64", "PriceSource": "command", "StreamMode": "PROVISIONED", "HttpReservedConcurrency": "1", "EventBusName": "shop"} | OWNED,
    {"Architecture": "arm64", "ExistingEventTable": "events-restored", "OperatorReservedConcurrency": "1"},
    {"ConsumerMode": "enhanced", "WaitingReservedConcurrency": "150", "EventBusName": "shop", "EventSource": "shop"}
    | {"ProjectionReservedConcurrency": "20"},
]
TOPIC = {"AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:own"}
MAIL = {"AlarmEmail": "operators@example.com"}
# Telemetry does not affect the topic of the alarms, so one value of it is enough.
ALARMS = [
    {**OWNED},
    {**TOPIC},
    {**TOPIC, "EventBusName": "default"},
    {**TOPIC, **MAIL},
    {**MAIL},
]


ISSUER = {"Identity": "external", "JwtIssuer": "https://identity.example.com", "JwtAudience": "shop"}
DOMAIN = {
    "DomainName": "api.example.com",
    "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666",
}
IDENTITY = [
    {"WebCallbackUrls": "https://shop.example.com/,http://localhost:8000/", "DeletionProtection": "false"},
    {"WebCallbackUrls": "https://shop.example.com/", "ReadScope": "read", "WriteScope": "write", **DOMAIN},
    {**ISSUER, "ReadScope": "api/read", **DOMAIN, "HostedZoneId": "Z0123456789ABCDEFGHIJ"},
]
CANARY = {"DeploymentPreference": "Canary10Percent5Minutes"}
GRADUAL = [CANARY, {**CANARY, **ISSUER, **OWNED}, {**CANARY, **DOMAIN}]


class Settling:
    """A template with a value for each parameter."""

    def __init__(self, template, given):
        self.conditions = template.get("Conditions", {})
        defaults = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
        if unknown := given.keys() - defaults.keys():
            raise KeyError(f"the template has no parameter {unknown}")
        self.parameters = defaults | given

    def text(self, value):
        return self.parameters[value["Ref"]] if isinstance(value, dict) else str(value)

    def holds(self, expression):
        match expression:
            case str(name):
                return self.holds(self.conditions[name])
            case {"Condition": name}:
                return self.holds(name)
            case {"Fn::Equals": [left, right]}:
                return self.text(left) == self.text(right)
            case {"Fn::Not": [inner]}:
                return not self.holds(inner)
            case {"Fn::And": inner}:
                return all(map(self.holds, inner))
            case {"Fn::Or": inner}:
                return any(map(self.holds, inner))
        raise ValueError(f"{expression} is not a condition")

    def broken_rules(self, rules):
        """Yields the description of each assertion that is false."""
        for rule in rules.values():
            if "RuleCondition" not in rule or self.holds(rule["RuleCondition"]):
                yield from (one["AssertDescription"] for one in rule["Assertions"] if not self.holds(one["Assert"]))

    def settled(self, value):
        match value:
            case {"Fn::If": [condition, then, otherwise]}:
                return self.settled(then if self.holds(condition) else otherwise)
            case dict():
                pairs = ((key, self.settled(inner)) for key, inner in value.items())
                return {key: inner for key, inner in pairs if inner != NO_VALUE}
            case list():
                return [inner for inner in map(self.settled, value) if inner != NO_VALUE]
        return value

    def resources(self, resources):
        """Yields the resources, or the outputs, whose condition is true."""
        for name, resource in resources.items():
            if self.holds(resource.get("Condition", {"Fn::Equals": ["", ""]})):
                yield name, self.settled({key: value for key, value in resource.items() if key != "Condition"})


def settle(template, given):
    settling = Settling(template, given)
    if broken := list(settling.broken_rules(template["Rules"])):
        raise ValueError(f"{given} breaks rules: {broken}")
    rest = {key: value for key, value in template.items() if key not in ("Conditions", "Rules")}
    parameters = {
        name: one | {"Default": given[name]} if name in given else one for name, one in template["Parameters"].items()
    }
    resources = dict(settling.resources(template["Resources"]))
    declared = {section: sorted(template[section]) for section in ("Resources", "Outputs")}
    metadata = {"Settled": settling.parameters, "Declared": declared}
    outputs = {"Outputs": dict(settling.resources(template["Outputs"]))}
    return rest | outputs | {"Parameters": parameters, "Resources": resources, "Metadata": metadata}


def combinations(template, gradual):
    """Yields each combination of parameters with the expanded template that it settles."""
    for telemetry, others in itertools.product(TELEMETRY, OTHERS):
        yield template, telemetry | others
    for source, given in ((template, [*ALARMS, *IDENTITY]), (gradual, GRADUAL)):
        for one in given:
            yield source, TELEMETRY[3] | one


def main(source, gradual, folder):
    template = json.loads(pathlib.Path(source).read_text(encoding="utf-8"))
    gradual = json.loads(pathlib.Path(gradual).read_text(encoding="utf-8"))
    folder = pathlib.Path(folder)
    folder.mkdir()
    for number, (source, given) in enumerate(combinations(template, gradual)):
        settled = json.dumps(settle(source, given), indent=2)
        (folder / f"{number:02}-{given['Telemetry']}.json").write_text(settled, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
