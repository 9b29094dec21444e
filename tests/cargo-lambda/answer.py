"""Judges what a function has answered to a sample event: no failure of its own, whatever the event asks for.

    answer.py <event.json> <answer.json>
"""

import json
import pathlib
import sys


def problem(event, answer):
    """What is wrong with an answer; None where nothing is."""
    if "Records" in event:
        return answer if answer != {"batchItemFailures": []} else None
    if "routeKey" in event:
        return answer if not 200 <= answer.get("statusCode", 0) < 500 else None
    return answer if "errorType" in answer else None


def main(event, answer):
    sent, received = (json.loads(pathlib.Path(path).read_text(encoding="utf-8")) for path in (event, answer))
    wrong = problem(sent, received)
    if wrong is not None:
        sys.exit(f"{event}: {json.dumps(wrong)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
