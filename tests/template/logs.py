"""Checks the logs in settled templates: each function and the API write to a group of their own, which ends after
LogRetentionDays, and the access log has no data of callers except their address.

    logs.py <settled.json>...
"""

import json
import re
import sys

from checking import run
from functions import of_type

# What docs/operate.md reads in the access log, and what identifies the line.
ACCESS = {"requestId", "requestTime", "routeKey", "sourceIp", "status"}
# The variables that the access log may have. None has a path, a query string, a header or a claim, because those have ids of
# users and tokens. (Source: API Gateway Developer Guide, "Customize HTTP API access logs".)
ALLOWED = {
    "identity.sourceIp", "integration.error", "integration.status", "integrationLatency", "protocol", "requestId",
    "requestTime", "responseLatency", "responseLength", "routeKey", "status",
}


def groups(template):
    for name, group in of_type(template, "AWS::Logs::LogGroup").items():
        if group.get("RetentionInDays") != {"Ref": "LogRetentionDays"}:
            yield f"{name} must keep its lines for LogRetentionDays"
        if "${AWS::StackName}-" not in str(group.get("LogGroupName", {})):
            yield f"{name} must be named after the stack, so that two stacks have two groups"


def of_functions(template):
    groups, users = of_type(template, "AWS::Logs::LogGroup"), []
    for name, function in of_type(template, "AWS::Lambda::Function").items():
        logging = dict(function.get("LoggingConfig", {}))
        group = logging.pop("LogGroup", {}).get("Ref")
        users.append(group)
        if group not in groups:
            yield f"{name} must log to a group of the stack, not to {group}"
        # CloudWatch extracts metrics from lines of JSON, and Lambda's own filter drops lines without a level.
        if logging != {"LogFormat": "JSON", "ApplicationLogLevel": "TRACE", "SystemLogLevel": "INFO"}:
            yield f"{name} must log JSON, and its code alone must filter the lines, not {logging}"
        if function["Environment"]["Variables"].get("LOG_LEVEL") != {"Ref": "LogLevel"}:
            yield f"{name} must have LOG_LEVEL of the parameter LogLevel"
    for group in sorted({str(group) for group in users if users.count(group) > 1}):
        yield f"{group} is the log group of more than one function"


def of_api(template):
    for name, stage in of_type(template, "AWS::ApiGatewayV2::Stage").items():
        settings = stage.get("AccessLogSettings", {})
        group = settings.get("DestinationArn", {}).get("Fn::GetAtt", [None])[0]
        if group not in of_type(template, "AWS::Logs::LogGroup"):
            yield f"{name} must write an access log to a group of the stack"
            continue
        try:
            fields = json.loads(settings.get("Format", ""))
        except ValueError:
            yield f"{name} must write its access log in JSON"
            continue
        if missing := sorted(ACCESS - fields.keys()):
            yield f"{name} lacks {', '.join(missing)} in its access log"
        variables = re.findall(r"\$context\.([\w.]+)", settings["Format"])
        if personal := sorted(set(variables) - ALLOWED):
            yield f"{name} must not write {', '.join(personal)} to its access log"


def problems(template):
    for check in (groups, of_functions, of_api):
        yield from check(template)


if __name__ == "__main__":
    sys.exit(run("logs", problems))
