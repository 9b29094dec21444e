"""Checks the values of parameters against a template, as CloudFormation does before it creates anything.

Source: AWS CloudFormation User Guide, "CloudFormation template Parameters syntax" and "Rules syntax".
"""

import re

from settle import Settling


def value_problems(declaration, text):
    if "AllowedValues" in declaration and text not in map(str, declaration["AllowedValues"]):
        yield f"must be one of {declaration['AllowedValues']}"
    texts = [one.strip() for one in text.split(",")] if declaration["Type"] == "CommaDelimitedList" else [text]
    if not all(re.fullmatch(declaration.get("AllowedPattern", ".*").removeprefix("^").removesuffix("$"), one) for one in texts):
        yield f"must be {declaration['ConstraintDescription']}"
    if declaration["Type"] == "Number":
        try:
            number = float(text)
        except ValueError:
            yield "must be a number"
            return
        if not declaration.get("MinValue", number) <= number <= declaration.get("MaxValue", number):
            yield f"must be from {declaration.get('MinValue')} to {declaration.get('MaxValue')}"


def problems(template, given):
    """Yields the problems of a deployment with the parameters `given`, each with the name of the parameter."""
    declared = template["Parameters"]
    for name in given.keys() - declared.keys():
        yield name, "is not a parameter of the template"
    for name, declaration in declared.items():
        if name not in given and "Default" not in declaration:
            yield name, "has no value"
            continue
        # The default must be allowed, too.
        text = given.get(name, str(declaration.get("Default")))
        for problem in value_problems(declaration, text):
            yield name, problem
    known = {name: text for name, text in given.items() if name in declared}
    for description in Settling(template, known).broken_rules(template["Rules"]):
        yield "Rules", description
