"""Checks the result of a function for a sample event. A refused request is valid; an internal failure is not.

    answer.py <event.json> <result.json>
"""

import json
import pathlib
import sys


def problem(event, answer):
    """Returns the result if it is a failure, otherwise None."""
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
