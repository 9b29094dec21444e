"""Checks which resources and outputs exist in settled templates: the optional ones exactly if the parameters ask for them,
and all others always. No resource refers to one that does not exist.

The parameters are compared here, and not by the conditions of the template, which this check is about.

    conditions.py <settled.json>...
"""

import re
import sys

from adoption import references
from checking import run

# The names in AWS::… that CloudFormation knows itself.
PSEUDO = "AWS::"


def publishes(given):
    return given["EventBusName"] != ""


def has_pool(given):
    return given["Identity"] == "cognito"


def has_header(given):
    return given["CollectorConfig"] != "awsxray" and given["OtlpHeaderSecretArn"] != ""


# The optional resources and outputs, by a pattern of their names, and the parameters that ask for them.
OPTIONAL = {
    r"(PublishEvents|PublishLag|Publication|FailedEntries|ReactionFailure|Republish)\w*": publishes,
    r"UserPool\w*|MachineClient(Id)?|TokenUrl": has_pool,
    r"WebClient(Id)?": lambda given: has_pool(given) and given["WebCallbackUrls"] != "",
    r"ApiDomain(Mapping)?|DomainTarget": lambda given: given["DomainName"] != "",
    r"ApiDomainRecord": lambda given: given["HostedZoneId"] != "",
    r"EventTable": lambda given: given["ExistingEventTable"] == "",
    r"\w+ProjectionConsumer": lambda given: given["ConsumerMode"] == "enhanced",
    r"CollectorConfigLayer\w*": lambda given: given["Telemetry"] == "adot",
    r"CollectorPolicy": lambda given: (
        given["Telemetry"] == "adot" and (given["CollectorConfig"] == "awsxray" or has_header(given))
    ),
    r"Alarm(Topic|Key|TopicPolicy)": lambda given: given["AlarmEmail"] != "" and given["AlarmTopicArn"] == "",
    r"AlarmMail": lambda given: given["AlarmEmail"] != "",
}
# SAM names the rule of a reaction <function>Reaction, so the prefix of its other resources is known.
RULE = re.compile(r"(\w+)FunctionReaction")


def optional(declared):
    """Returns OPTIONAL with the resources of each reaction."""
    reactions = sorted(found[1] for name in declared if (found := RULE.fullmatch(name)))
    return OPTIONAL | {rf"({'|'.join(reactions)})\w*": publishes}


def presence(template):
    settled = template["Metadata"]["Settled"]
    declared = template["Metadata"]["Declared"]
    patterns = optional(declared["Resources"])
    for section, names in declared.items():
        for name in names:
            wanted = all(asks(settled) for pattern, asks in patterns.items() if re.fullmatch(pattern, name))
            if (name in template[section]) != wanted:
                yield f"{name} must {'' if wanted else 'not '}exist with these parameters: correct its Condition"


def dangling(template):
    known = template["Resources"].keys() | template["Parameters"].keys()
    for path, name in references(template):
        # `${!Name}` is no reference.
        if name not in known and not name.startswith((PSEUDO, "!")):
            yield f"{'.'.join(map(str, path))} refers to {name}, which does not exist"


def problems(template):
    yield from presence(template)
    yield from dangling(template)


if __name__ == "__main__":
    sys.exit(run("conditions", problems))
