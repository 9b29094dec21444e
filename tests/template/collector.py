"""Checks that every function has the collector's layers if telemetry needs them, with a configuration that exists, and that
spans go where the parameters say.

    collector.py <settled.json>...
"""

import pathlib
import sys

from checking import run

CONFIGURATIONS = pathlib.Path("shared/kit/telemetry/collector")
# The ADOT layer. AWS publishes it under a different name for each architecture.
ADOT = "arn:${AWS::Partition}:lambda:${AWS::Region}:901920570463:layer:aws-otel-collector-${Suffix}-ver-0-117-0:1"
SUFFIXES = {"arm64": "arm64", "x86_64": "amd64"}


def expected_layers(parameters, resources):
    """Returns the layers of the collector and of its configurations, or none if Telemetry is not adot."""
    if parameters["Telemetry"] != "adot":
        return []
    collector = {"Fn::Sub": [ADOT, {"Suffix": SUFFIXES[parameters["Architecture"]]}]}
    if parameters["AdotLayerArn"]:
        collector = {"Ref": "AdotLayerArn"}
    return [collector, *({"Ref": name} for name, one in resources.items() if one["Type"] == "AWS::Lambda::LayerVersion")]


def expected_variables(parameters):
    """Returns the variables that decide where spans go."""
    has_collector = parameters["Telemetry"] == "adot"
    feeds_otlp = has_collector and parameters["CollectorConfig"] != "awsxray"
    header = ["", ['{"', {"Ref": "OtlpHeaderName"}, '": "${secretsmanager:', {"Ref": "OtlpHeaderSecretArn"}, '}"}']]
    headers = {"Fn::Join": header} if parameters["OtlpHeaderSecretArn"] else "{}"
    return {
        "OTEL_SDK_DISABLED": "true" if parameters["Telemetry"] == "off" else "false",
        "OTEL_TRACES_SAMPLER_ARG": {"Ref": "TraceSampleRatio"},
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318" if has_collector else {"Ref": "OtlpEndpoint"},
        "OPENTELEMETRY_COLLECTOR_CONFIG_URI": {"Fn::Sub": "/opt/${CollectorConfig}.yaml"} if has_collector else None,
        "COLLECTOR_OTLP_ENDPOINT": {"Ref": "OtlpEndpoint"} if feeds_otlp else None,
        "COLLECTOR_OTLP_HEADERS": headers if feeds_otlp else None,
    }


def check(parameters, resources):
    layers = expected_layers(parameters, resources)
    if len(layers) not in (0, 2):
        yield f"{len(layers) - 1} layers with configurations are created, not 1"
    config = CONFIGURATIONS / f"{parameters['CollectorConfig']}.yaml"
    if not config.is_file():
        yield f"{config} does not exist"
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::LayerVersion" and not layers:
            yield f"{name} is created without a collector"
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        function = resource["Properties"]
        if function.get("Layers", []) != layers:
            yield f"{name} has the layers {function.get('Layers', [])}, not {layers}"
        for variable, expected in expected_variables(parameters).items():
            if (given := function["Environment"]["Variables"].get(variable)) != expected:
                yield f"{name} has the variable {variable} {given}, not {expected}"


def problems(template):
    yield from check(template["Metadata"]["Settled"], template["Resources"])


if __name__ == "__main__":
    sys.exit(run("collector", problems))
