"""Checks the HTTP API in settled templates: its routes and scopes are those of openapi.yaml, each route has a throttle, the
token is in the header, and a domain accepts modern TLS only.

    api.py <settled.json>...
"""

import functools
import pathlib
import re
import sys

import yaml

from checking import run
from functions import of_type
from identity import names, text

CONTRACT = pathlib.Path("shared/shop/contract/openapi.yaml")
# The scopes of openapi.yaml are the defaults of these parameters.
SCOPES = {
    "orders:read": "ReadScope",
    "orders:write": "WriteScope",
    "orders:fulfil": "FulfilScope",
    "orders:admin": "AdminScope",
}
# Anybody may call these routes, so their throttle is much lower: requests per second, and at the same moment.
OPEN, OPEN_RATE, OPEN_BURST = "/health", 10, 20
USUAL = {
    "DetailedMetricsEnabled": True,
    "ThrottlingBurstLimit": {"Ref": "ThrottleBurst"},
    "ThrottlingRateLimit": {"Ref": "ThrottleRate"},
}
# API Gateway Developer Guide, "Create AWS Lambda proxy integrations": the format that the functions parse.
PAYLOAD = "2.0"


@functools.cache
def contract():
    """Returns the scopes of each operation in openapi.yaml."""
    paths = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["paths"]
    return {
        f"{method.upper()} {path}": {scope for entry in operation.get("security", ()) for scope in entry.get("jwt", ())}
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method in ("delete", "get", "head", "patch", "post", "put")
    }


def operations(template):
    for api in of_type(template, "AWS::ApiGatewayV2::Api").values():
        for path, methods in api["Body"]["paths"].items():
            for method, operation in methods.items():
                yield f"{method.upper()} {path}", operation


def routes(template):
    known, found = names(template), {}
    for route, operation in operations(template):
        scopes = [text(template, scope) for entry in operation.get("security", ()) for scope in entry.get("JwtAuthorizer", ())]
        found[route] = set(map(str, scopes))
        integration = operation["x-amazon-apigateway-integration"]
        if (integration.get("type"), integration.get("payloadFormatVersion")) != ("aws_proxy", PAYLOAD):
            yield f"{route} must invoke its function with the payload format {PAYLOAD}"
    expected = {route: {known[SCOPES[scope]] for scope in scopes} for route, scopes in contract().items()}
    for route in sorted(found.keys() | expected.keys()):
        if found.get(route) != expected.get(route):
            yield f"{route} has {found.get(route)}, and openapi.yaml has {expected.get(route)}"


def throttles(template):
    stages = of_type(template, "AWS::ApiGatewayV2::Stage")
    for name, stage in stages.items():
        if stage.get("DefaultRouteSettings") != USUAL:
            yield f"{name} must throttle each route by ThrottleRate and ThrottleBurst"
        settings = stage.get("RouteSettings", {})
        for route in (route for route, _ in operations(template) if route.endswith(f" {OPEN}")):
            limits = settings.get(route, {})
            rate, burst = limits.get("ThrottlingRateLimit", 0), limits.get("ThrottlingBurstLimit", 0)
            if not (0 < rate <= OPEN_RATE and 0 < burst <= OPEN_BURST):
                yield f"{route} is open, so it must accept at most {OPEN_RATE} requests per second and {OPEN_BURST} at once"
        unknown = settings.keys() - {route for route, _ in operations(template)}
        if unknown:
            yield f"{name} has settings for {sorted(unknown)}, which are no routes"
        if any(one.get("DetailedMetricsEnabled") is not True for one in settings.values()):
            yield f"{name} must record metrics of each route"
    if len(stages) != 1:
        yield f"the API must have one stage, not {len(stages)}"


def access(template):
    for name, api in of_type(template, "AWS::ApiGatewayV2::Api").items():
        for scheme in api["Body"]["components"]["securitySchemes"].values():
            authorizer = scheme["x-amazon-apigateway-authorizer"]
            if authorizer.get("identitySource") != "$request.header.Authorization":
                yield f"{name} must read tokens in the header Authorization only, because addresses are logged"
        if api.get("FailOnWarnings") is not True:
            yield f"{name} must refuse a definition with warnings"
        endpoints = [one.get("x-amazon-apigateway-endpoint-configuration", {}) for one in api["Body"].get("servers", ())]
        if any(one.get("disableExecuteApiEndpoint") for one in endpoints):
            yield f"{name} must keep the address of API Gateway, which callers use until the domain is known"
        cors = api["Body"].get("x-amazon-apigateway-cors", {})
        if cors.get("allowCredentials"):
            yield f"{name} must not let web pages send cookies"
        if not template["Metadata"]["Settled"]["CorsAllowedOrigins"] and cors.get("allowOrigins") != ["https://none.invalid"]:
            yield f"{name} must admit no web page without CorsAllowedOrigins"


def domain(template):
    domains = of_type(template, "AWS::ApiGatewayV2::DomainName")
    for name, one in domains.items():
        policies = {each.get("SecurityPolicy") for each in one["DomainNameConfigurations"]}
        if policies != {"TLS_1_2"}:
            yield f"{name} must accept TLS 1.2 and later only"
        mapped = [each["DomainName"] for each in of_type(template, "AWS::ApiGatewayV2::ApiMapping").values()]
        if mapped != [{"Ref": name}]:
            yield f"{name} must lead to the API: add one mapping"
    url = template["Outputs"].get("ApiUrl", {}).get("Value", {}).get("Fn::Sub", "")
    expected = r"https://\$\{DomainName\}" if domains else r"https://\$\{HttpApi\}\.execute-api\..*"
    if not re.fullmatch(expected, url):
        yield f"ApiUrl is {url}, which is not the address of the API"


def problems(template):
    for check in (routes, throttles, access, domain):
        yield from check(template)


if __name__ == "__main__":
    sys.exit(run("api", problems))
