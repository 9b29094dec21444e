"""Checks that every function has the collector's layers if telemetry needs them, with a configuration that exists.

    collector.py <settled.json>...
"""

import json
import pathlib
import sys

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
        named = function["Environment"]["Variables"].get("OPENTELEMETRY_COLLECTOR_CONFIG_URI")
        if named != ({"Fn::Sub": "/opt/${CollectorConfig}.yaml"} if layers else None):
            yield f"{name} has the configuration {named}"


def main(*paths):
    problems = []
    for path in paths:
        template = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        parameters = template["Metadata"]["Settled"]
        problems += [f"{pathlib.Path(path).stem}: {problem}" for problem in check(parameters, template["Resources"])]
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
