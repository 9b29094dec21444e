"""Reads the functions of a template that SAM has expanded."""

import re


def function_of(template, reference):
    """Returns the logical id of the function behind a reference to a function or to an alias."""
    name = reference["Ref"]
    resource = template["Resources"][name]
    return resource["Properties"]["FunctionName"]["Ref"] if resource["Type"] == "AWS::Lambda::Alias" else name


def function_in(template, uri):
    """Returns the logical id of the function behind the URI of a route's integration."""
    return function_of(template, {"Ref": re.search(r"\$\{(\w+)(\.Arn)?\}/invocations", uri)[1]})


def of_type(template, kind):
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}
