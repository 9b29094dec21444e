"""Checks the readers of the event stream in settled templates: how many share a shard, their consumers and their filters.

It also proves that the checks can fail: each copy of a template with a planted fault must have one problem.

    consumers.py <settled.json>...
"""

import copy
import json
import pathlib
import sys

from functions import function_of, of_type

# A shard allows five GetRecords per second for all readers without a consumer, and Lambda reads it once a second for
# each mapping. (Source: Amazon Kinesis Data Streams API Reference, "GetRecords"; AWS Lambda Developer Guide, "Using
# Lambda to process records from Amazon Kinesis Data Streams".)
READS_PER_SECOND = 5
# Consumers of a stream, and consumers that may be in the status CREATING at the same time. (Source: Amazon Kinesis Data
# Streams API Reference, "RegisterStreamConsumer".)
MOST_CONSUMERS, MOST_IN_CREATION = 20, 5

# The mapping of the publisher, which is no projection.
PUBLISHER = "PublishEventsFunctionCommits"
MAPPING, CONSUMER = "AWS::Lambda::EventSourceMapping", "AWS::Kinesis::StreamConsumer"


def source(mapping):
    """Returns the logical id of the stream or the consumer that a mapping reads, and the attribute."""
    return tuple(mapping["EventSourceArn"]["Fn::GetAtt"])


def readers(template):
    mode = template["Metadata"]["Settled"]["ConsumerMode"]
    mappings, consumers = of_type(template, MAPPING), of_type(template, CONSUMER)
    sharing = [name for name, mapping in mappings.items() if source(mapping) == ("EventStream", "Arn")]
    read = [source(mapping) for mapping in mappings.values()]
    if mode == "shared":
        if unread := sorted(name for name in consumers if read.count((name, "ConsumerARN")) != 1):
            yield f"ConsumerMode=shared pays for consumers that nobody reads: {unread}"
        if len(sharing) > READS_PER_SECOND and template["Parameters"]["ConsumerMode"]["Default"] == "shared":
            yield f"{len(sharing)} projections share {READS_PER_SECOND} reads: set the default of ConsumerMode to enhanced"
    else:
        for name in sharing:
            yield f"{name} shares the reads of EventStream although ConsumerMode is enhanced"
        for name in consumers:
            if (number := read.count((name, "ConsumerARN"))) != 1:
                yield f"{name} must have one mapping, not {number}"


def limits(template):
    consumers = of_type(template, CONSUMER)
    if len(consumers) > MOST_CONSUMERS:
        yield f"{len(consumers)} consumers are more than the {MOST_CONSUMERS} of a stream"
    depends = {name: template["Resources"][name].get("DependsOn", []) for name in consumers}
    depends = {name: {on} if isinstance(on, str) else set(on) for name, on in depends.items()}
    for name, consumer in consumers.items():
        # A reference is a dependency, too.
        depends[name].add(consumer.get("StreamARN", {}).get("Fn::GetAtt", [""])[0])
    at_once = [name for name, on in depends.items() if not consumers.keys() & on]
    if len(at_once) > MOST_IN_CREATION:
        yield f"more than {MOST_IN_CREATION} consumers at once: let {at_once[-1]} depend on {at_once[0]} (DependsOn)"
    names = [consumer["ConsumerName"] for consumer in consumers.values()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two consumers have the name {name}"


def permissions(template):
    """Yields the consumers that their projection's role may not read, and the roles that may read another consumer."""
    functions, roles = of_type(template, "AWS::Lambda::Function"), of_type(template, "AWS::IAM::Role")
    for name, mapping in of_type(template, MAPPING).items():
        role = functions[function_of(template, mapping["FunctionName"])]["Role"]["Fn::GetAtt"][0]
        statements = [one for policy in roles[role]["Policies"] for one in policy["PolicyDocument"]["Statement"]]
        read = {
            (one["Resource"]["Fn::GetAtt"][0], action)
            for one in statements
            if isinstance(one["Resource"], dict) and one["Resource"].get("Fn::GetAtt", ["", ""])[1] == "ConsumerARN"
            for action in one["Action"]
        }
        consumer, attribute = source(mapping)
        actions = ("kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard") if attribute == "ConsumerARN" else ()
        if read != (needed := {(consumer, action) for action in actions}):
            yield f"{role} must have {sorted(needed)} for {name}, not {sorted(read)}"


def filters(template):
    unfiltered = []
    for name, mapping in of_type(template, MAPPING).items():
        patterns = [json.loads(one["Pattern"]) for one in mapping.get("FilterCriteria", {}).get("Filters", [])]
        unfiltered += [] if patterns else [name]
        for pattern in patterns:
            # AWS Lambda Developer Guide, "Using event filtering with a Kinesis event source": only data is supported.
            if pattern.keys() != {"data"} or not isinstance(pattern["data"], dict):
                yield f"{name} filters by {sorted(pattern)}; a mapping of Kinesis filters by the JSON in data only"
    # AWS Lambda Developer Guide, "Control which events Lambda sends to your function": a filter on data drops a record
    # whose data is not JSON.
    if len(unfiltered) != 1:
        yield (
            f"{len(unfiltered)} mappings have no filter: one must have none, so that a record that is no change of the "
            "event table is not lost in silence, and the others must select their category"
        )


def problems(template):
    for check in (readers, limits, permissions, filters):
        yield from check(template)


def broken(template):
    """Yields copies of a template that each break one rule."""

    def copied(change):
        result = copy.deepcopy(template)
        change(result, result["Resources"])
        return result

    mappings, consumers = of_type(template, MAPPING), of_type(template, CONSUMER)
    filtering = [name for name, mapping in mappings.items() if "FilterCriteria" in mapping]
    # The publisher has a consumer of its own in every mode. A copy of it would not share the reads of the stream.
    last = max(filtering, key=lambda name: source(mappings[name]) == ("EventStream", "Arn"))

    def filtered(by):
        return {"Filters": [{"Pattern": json.dumps(by)}]}

    yield copied(lambda _, all: all[last]["Properties"].update(FilterCriteria=filtered({"partitionKey": ["1"]})))
    for name, mapping in mappings.items():
        if "FilterCriteria" not in mapping:
            everything = filtered({"data": {"tableName": [{"exists": True}]}})
            yield copied(lambda _, all, name=name: all[name]["Properties"].update(FilterCriteria=everything))
    if not consumers:
        yield copied(lambda _, all: all.update(Spare={"Type": CONSUMER, "Properties": {"ConsumerName": "spare"}}))
        yield copied(lambda _, all: all.update(Sixth=copy.deepcopy(all[last])))
        return
    one = next(iter(consumers))
    role = one.replace("Consumer", "Role")

    def forbid(_, all):
        statements = all[role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        statements[:] = [each for each in statements if each.get("Sid") != "SubscribeToOwnConsumer"]

    yield copied(forbid)
    mapping = next(name for name, each in mappings.items() if source(each)[0] == one)

    def share(_, all):
        all[mapping]["Properties"]["EventSourceArn"] = {"Fn::GetAtt": ["EventStream", "Arn"]}
        forbid(_, all)
        all.pop(one)

    yield copied(share)
    for other in list(consumers)[1:2]:
        yield copied(lambda _, all: all[other]["Properties"].update(ConsumerName=consumers[one]["ConsumerName"]))

    def another(result, all):
        all["SixthConsumer"] = {"Type": CONSUMER, "Properties": {"ConsumerName": "sixth"}}
        all["Sixth"] = copy.deepcopy(all[last])
        all["Sixth"]["Properties"]["EventSourceArn"] = {"Fn::GetAtt": ["SixthConsumer", "ConsumerARN"]}
        all["Sixth"]["Properties"]["FunctionName"] = {"Ref": "SixthFunction"}
        all["SixthFunction"] = {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["SixthRole", "Arn"]}}}
        grant = {"Action": ["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"]}
        grant["Resource"] = {"Fn::GetAtt": ["SixthConsumer", "ConsumerARN"]}
        policies = [{"PolicyDocument": {"Statement": [grant]}}]
        all["SixthRole"] = {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}}

    if template["Metadata"]["Settled"]["ConsumerMode"] == "enhanced":
        yield copied(another)


def main(paths):
    templates = {path: json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in paths}
    wrong = [f"{path}: {problem}" for path, template in templates.items() for problem in problems(template)]
    modes = {template["Metadata"]["Settled"]["ConsumerMode"] for template in templates.values()}
    # More projections than this cannot share the reads, so the default is enhanced and no template shares them.
    projections = [one for template in templates.values() for one in [of_type(template, MAPPING)] if PUBLISHER not in one]
    can_share = max(map(len, projections)) <= READS_PER_SECOND
    if modes != {"enhanced"} | ({"shared"} if can_share else set()):
        wrong.append(f"the settled templates have ConsumerMode {sorted(modes)} only")
    for path, template in templates.items():
        for number, fault in enumerate(broken(template)):
            if len(found := list(problems(fault))) != 1:
                wrong.append(f"{path}: planted fault {number} must have one problem, not {found}")
    print("\n".join(wrong) or f"consumers: {len(templates)} templates are correct")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
