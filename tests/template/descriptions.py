"""Checks the descriptions of the alarms of settled templates: each names the numbers at which its alarm is raised, and ends
with the section of a page that names the alarm. Each alarm in docs/operate.md exists.

alarms.py checks that a description says what the alarm means, and then what to do.

    descriptions.py <settled.json>...
"""

import functools
import pathlib
import re
import sys

from alarms import parts
from checking import run
from functions import of_type

PAGES = pathlib.Path("docs/operate.md"), pathlib.Path("docs/publish-events.md"), pathlib.Path("docs/slo.md")
# Amazon CloudWatch API Reference, "PutMetricAlarm": the length of a description.
LONGEST = 1024
SECTION = re.compile(r"See (docs/[\w-]+\.md)#([\w-]+)\.$")
# The numbers in words.
WORDS = {"two": 2, "three": 3, "five": 5, "sixty": 60}
MINUTES = {"minutes": 60, "periods of five minutes": 300}
# The threshold that each phrase stands for. Times are in milliseconds, shares in percent. An alarm without such a phrase is
# raised by everything above 0.
THRESHOLDS = {
    "more than a minute": 60000,
    "more than ten seconds": 10000,
    "longer than a second": 1000,
    "more than five requests": 5,
    "more than one in a hundred requests": 1,
    "more than a hundred times": 100,
}
# The statistic of a description such as "one command in a hundred".
ONE_IN_A_HUNDRED = re.compile(r"One \w+ in a hundred")
# The length of a period without a phrase: a fault is known a few minutes after it occurred.
USUAL_PERIODS = (60, 300)


def slug(heading):
    """Returns the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@functools.cache
def sections(page):
    """Returns the text of each section of a page by its anchor, without the sections below it."""
    texts = re.split(r"^#+ (.+)$", pathlib.Path(page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {slug(heading): text for heading, text in zip(texts[1::2], texts[2::2])}


def names(text):
    """Returns patterns of the alarms that a text names: `ViewLagAlarm`, and `…ProjectionAgeAlarm` for each projection.

    `PutMetricAlarm` is a request to AWS.
    """
    return [found.replace("…", r"\w+") for found in re.findall(r"`(?!Put)([\w…]+Alarm)`", text)]


def section(name, description):
    found = SECTION.search(description)
    if not found:
        yield f"{name} must end with the section that says more: See docs/operate.md#alarms."
        return
    page, anchor = found.groups()
    if not pathlib.Path(page).is_file() or anchor not in sections(page):
        yield f"{name} names {page}#{anchor}, which does not exist"
    elif not any(re.fullmatch(pattern, name) for pattern in names(sections(page)[anchor])):
        yield f"{name} names {page}#{anchor}, which does not name the alarm: add it there"


def timing(description):
    """Returns the length of a period, the number of periods, and how many of them must exceed the threshold."""
    if found := re.search(r"[Ii]n (\w+) of (\w+) (minutes|periods of five minutes)", description):
        return MINUTES[found[3]], WORDS[found[2]], WORDS[found[1]]
    if found := re.search(r"[Ii]n (\w+) consecutive (minutes|periods of five minutes)", description):
        return MINUTES[found[2]], WORDS[found[1]], WORDS[found[1]]
    return (300, 1, 1) if "in five minutes" in description else (None, 1, 1)


def numbers(name, alarm):
    """Yields the numbers of an alarm that its description does not name."""
    description = alarm.get("AlarmDescription", "")
    stats = [one["MetricStat"] for one in alarm.get("Metrics", ()) if "MetricStat" in one]
    period = next(one["Period"] for one in [alarm, *stats, *alarm.get("Metrics", ())] if "Period" in one)
    count = alarm["EvaluationPeriods"]
    expected = timing(description)
    if (period, count, alarm.get("DatapointsToAlarm", count)) != (expected[0] or period, *expected[1:]) or period not in USUAL_PERIODS:
        yield f"{name} evaluates {count} periods of {period} s, but its description says {expected}"
    threshold = next((number for phrase, number in THRESHOLDS.items() if phrase in description), 0)
    if (alarm["Threshold"], alarm["ComparisonOperator"]) != (threshold, "GreaterThanThreshold"):
        yield f"{name} is raised at {alarm['ComparisonOperator']} {alarm['Threshold']}, but its description says {threshold}"
    if (alarm.get("ExtendedStatistic") == "p99") != bool(ONE_IN_A_HUNDRED.search(description)):
        yield f"{name} must read p99 exactly if its description says one in a hundred"


def problems(template):
    simple, composite = (of_type(template, f"AWS::CloudWatch::{kind}Alarm") for kind in ("", "Composite"))
    for name, alarm in (simple | composite).items():
        description = alarm.get("AlarmDescription", "")
        if len(description) > LONGEST:
            yield f"{name} has a description of {len(description)} characters, and {LONGEST} are allowed"
        yield from section(name, description)
        # slo.py evaluates the windows of burn rates.
        if name in simple.keys() - parts(template):
            yield from numbers(name, alarm)
    declared = template["Metadata"]["Declared"]["Resources"]
    for page in PAGES:
        for pattern in names(page.read_text(encoding="utf-8")):
            if not any(re.fullmatch(pattern, name) for name in declared):
                yield f"{page} names {pattern}, and no alarm has this name"


if __name__ == "__main__":
    sys.exit(run("descriptions", problems))
