"""Checks that the permissions in settled templates keep the sides of CQRS apart, and that only /health needs no token.

A command function may use only the event table, and a query function may only read the query table. A projection may
write the query table but never the event table. The collector may write to X-Ray or read the header of its backend.

    permissions.py <settled.json>...
"""

import sys

from checking import run
from functions import function_of

# The allowed actions of each side's functions, by resource.
LIMITS = {
    "command": {"EventTable": {"dynamodb:PutItem", "dynamodb:Query"}},
    "query": {
        "QueryTable": {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"},
        "OperationsTable": {"dynamodb:GetItem"},
    },
    "open": {},
    # A reaction appends a commit. Lambda sends the events that it could not handle to a queue.
    "reaction": {
        "EventTable": {"dynamodb:PutItem", "dynamodb:Query"},
        "ReactionFailureQueue": {"sqs:SendMessage"},
    },
    "projection": {
        # A transaction needs the actions of its parts; there is no action for transactions. The analytics, the history
        # and the search projection read their own checkpoints, those of a batch with BatchGetItem.
        "QueryTable": {
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        },
        "EventTable": {"dynamodb:Query"},
        # A projection counts the streams that the other generation misses.
        "OperationsTable": {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        "EventStream": {
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
        },
        "DeadLetterQueue": {"sqs:SendMessage"},
        "StreamFailureQueue": {"sqs:SendMessage"},
    },
}
CHECKPOINTS_OF_PUBLISHER = {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}
PUBLISH = {"events:PutEvents"}
# The publisher reads like a projection, but its view is the event bus.
READ_OR_SET_ASIDE = ("EventTable", "EventStream", "DeadLetterQueue", "StreamFailureQueue")
LIMITS["publisher"] = {name: LIMITS["projection"][name] for name in READ_OR_SET_ASIDE} | {
    "PublicationTable": CHECKPOINTS_OF_PUBLISHER,
    "EventBus": PUBLISH,
}
PUBLISHER = "PublishEventsFunction"
VIEWS_OF_OPERATORS = {
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
}
LEASE = {"dynamodb:PutItem"}
STREAMS_OF_OPERATORS = {"dynamodb:Query", "dynamodb:Scan"}
QUEUES_OF_OPERATORS = {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"}
# The allowed actions of the operator functions, which have no route and no event source. None may write the event table.
OPERATORS = {
    "RebuildFunction": {
        "QueryTable": VIEWS_OF_OPERATORS,
        "EventTable": STREAMS_OF_OPERATORS,
        "OperationsTable": LEASE | {"dynamodb:GetItem", "dynamodb:UpdateItem"},
    },
    "RedriveFunction": {
        "QueryTable": VIEWS_OF_OPERATORS - {"dynamodb:PutItem", "dynamodb:Scan"},
        "EventTable": STREAMS_OF_OPERATORS,
        "OperationsTable": LEASE | {"dynamodb:GetItem"},
        "EventStream": {"kinesis:GetRecords", "kinesis:GetShardIterator"},
        "DeadLetterQueue": QUEUES_OF_OPERATORS,
        "StreamFailureQueue": QUEUES_OF_OPERATORS,
        "PublicationTable": CHECKPOINTS_OF_PUBLISHER,
        "EventBus": PUBLISH,
    },
    "ReconcileFunction": {
        "QueryTable": {"dynamodb:BatchGetItem", "dynamodb:Query"},
        "EventTable": STREAMS_OF_OPERATORS,
        "OperationsTable": {"dynamodb:GetItem"},
        "PublicationTable": {"dynamodb:BatchGetItem"},
    },
    "RepublishFunction": {"EventTable": STREAMS_OF_OPERATORS, "OperationsTable": LEASE, "EventBus": PUBLISH},
}
# The event table that ExistingEventTable names has the limits of the stack's own event table.
ADOPTED = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${ExistingEventTable}"
# The event bus, which is not a resource of the template.
BUS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBusName}"
# The second generation of the query table has the same limits as the first.
GENERATIONS = {"GreenQueryTable": "QueryTable"}
# A projection may read a consumer of the event stream; consumers.py checks that it is the projection's own.
CONSUMER = {"kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"}
# The policy whose ARN changes with the configuration. No role has it, and a function does not use it.
MARKER = "DeployedConfiguration"
# CodeDeploy's role, which is no function's. (Source: AWS CodeDeploy User Guide, "Managed policies for CodeDeploy".)
DEPLOYMENT = "DeploymentRole"
# Paths that anybody may call. Their functions write their own logs and do nothing else.
OPEN = {"/health"}
LOG_ACTIONS = {"logs:CreateLogStream", "logs:PutLogEvents"}
# X-Ray's write actions do not support resources.
XRAY = ("xray:PutTraceSegments", "*")
HEADER = ("secretsmanager:GetSecretValue", "OtlpHeaderSecretArn")


def as_list(value):
    return value if isinstance(value, list) else [value]


def referenced(value):
    """Returns the logical id in `Ref`, `Fn::GetAtt` or `Fn::Sub` with an index suffix, or None for other values."""
    match value:
        case {"Ref": "ExistingEventTable"}:
            return "EventTable"
        case {"Fn::Sub": text} if text == ADOPTED:
            return "EventTable"
        case {"Fn::Sub": text} if text == BUS:
            return "EventBus"
        case {"Ref": name} | {"Fn::GetAtt": [name, "Arn" | "ConsumerARN"]}:
            return name
        case {"Fn::Sub": str(text)} if text.startswith("${") and "*" not in text:
            name, _, suffix = text[2:].partition(".Arn}")
            return name if suffix.startswith("/index/") else None
    return None


def sides(resources):
    """Returns each function's side. It follows from the path of its route, its event source, or the list OPERATORS."""
    found = {name: "operator" for name in OPERATORS}
    for resource in resources.values():
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            reader = function_of({"Resources": resources}, resource["Properties"]["FunctionName"])
            found[reader] = "publisher" if reader == PUBLISHER else "projection"
        if resource["Type"] == "AWS::Events::Rule" and "EventPattern" in resource["Properties"]:
            for target in resource["Properties"]["Targets"]:
                found[function_of({"Resources": resources}, target["Arn"])] = "reaction"
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            for path, methods in resource["Properties"]["Body"]["paths"].items():
                side = {"commands": "command", "queries": "query", "health": "open"}[path.split("/")[1]]
                for operation in methods.values():
                    uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
                    alias = {"Ref": uri.split("${")[-1].split("}")[0]}
                    found[function_of({"Resources": resources}, alias)] = side
    return found


def grants(policies):
    """Yields each pair of an action and a resource in the statements of the policies."""
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            for action in as_list(statement["Action"]):
                for resource in as_list(statement["Resource"]):
                    yield action, resource


def check_function(name, function, side, resources):
    """Yields the problems of one function's permissions."""
    role_name = referenced(function["Role"])
    log_group = referenced(function["LoggingConfig"]["LogGroup"])
    role = resources[role_name]["Properties"]
    if "ManagedPolicyArns" in role:
        yield f"{role_name} has managed policies, which allow too much: write the statements into the role"
    granted = set()
    limits = OPERATORS[name] if side == "operator" else LIMITS[side]
    for action, resource in grants(role["Policies"]):
        target = referenced(resource)
        allowed = LOG_ACTIONS if target == log_group else limits.get(GENERATIONS.get(target, target), set())
        if side in ("projection", "publisher") and resources.get(target, {}).get("Type") == "AWS::Kinesis::StreamConsumer":
            allowed = CONSUMER
        if action not in allowed:
            yield f"{name} ({side}) must not have {action} on {target or resource}"
        granted.add(target)
    for variable, value in function["Environment"]["Variables"].items():
        target = referenced(value)
        if (target in resources or target == "EventTable") and target not in granted | {MARKER}:
            yield f"{name} has the variable {variable}, but {role_name} allows no action on {target}"


def open_routes(resources):
    """Yields every route that does not require a token of the JWT authorizer with a scope."""
    for name, resource in resources.items():
        if resource["Type"] != "AWS::ApiGatewayV2::Api":
            continue
        body = resource["Properties"]["Body"]
        schemes = body.get("components", {}).get("securitySchemes", {})
        jwt = {key for key, scheme in schemes.items() if scheme["x-amazon-apigateway-authorizer"]["type"] == "jwt"}
        for path, methods in body["paths"].items():
            for method, operation in methods.items():
                asked = [(key, scopes) for entry in operation.get("security", []) for key, scopes in entry.items()]
                if path not in OPEN and (not asked or not all(key in jwt and scopes for key, scopes in asked)):
                    yield f"{name}: {method} {path} must require a scope of a token, not {asked or 'nothing'}"


def attached(resources, parameters):
    """Yields the problems of policies outside of roles. Only the collector has such a policy."""
    grant = None
    if parameters["Telemetry"] == "adot":
        grant = XRAY if parameters["CollectorConfig"] == "awsxray" else parameters["OtlpHeaderSecretArn"] and HEADER
    roles = {name for name, one in resources.items() if one["Type"] == "AWS::IAM::Role"} - {DEPLOYMENT}
    allowed = {(role, *grant) for role in roles} if grant else set()
    found = set()
    for resource in resources.values():
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
            policy = resource["Properties"]
            holders = policy.get("Roles") or (as_list(policy["RoleName"]) if "RoleName" in policy else [])
            holders += [{"Ref": one} for kind in ("Users", "Groups") for one in policy.get(kind, [])]
            granted = {(action, referenced(target) or str(target)) for action, target in grants([policy])}
            found |= {(str(referenced(role)), *grant) for role in holders for grant in granted}
    for role, action, resource in sorted(found - allowed):
        yield f"{role} must not have {action} on {resource}"
    for role, action, resource in sorted(allowed - found):
        yield f"{role} lacks {action} on {resource}, which the collector needs"


def check(resources, parameters):
    yield from open_routes(resources)
    yield from attached(resources, parameters)
    functions = {k: v["Properties"] for k, v in resources.items() if v["Type"] == "AWS::Lambda::Function"}
    if not functions:
        yield "the template has no function"
    side_of = sides(resources)
    users = {}
    for name, function in functions.items():
        if name not in side_of:
            yield f"{name} has neither a route nor an event source, and is not in OPERATORS"
            continue
        users.setdefault(referenced(function["Role"]), []).append(name)
        yield from check_function(name, function, side_of[name], resources)
    for role, names in users.items():
        if len(names) > 1:
            yield f"{role} is shared by {', '.join(names)}"


def problems(template):
    yield from check(template["Resources"], template["Metadata"]["Settled"])


if __name__ == "__main__":
    sys.exit(run("permissions", problems))
