"""Sends batches of 100 new orders from several clients at the same time, and prints how long they took."""

import json
import sys
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

base, token = sys.argv[1:]
COMMANDS = 100


def call(method, path, body):
    """The JSON answer to a request, which must succeed."""
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "idempotency-key": str(uuid.uuid4()),
    }
    request = urllib.request.Request(base + path, json.dumps(body).encode(), headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def batch(_):
    """The seconds that a batch takes, and the statuses of its commands."""
    order = {"operation": "create", "currency": "EUR", "items": [{"product_id": "kettle", "quantity": 1}]}
    start = time.monotonic()
    results = call("POST", "/commands/orders:batch", {"commands": [order] * COMMANDS})["results"]
    return time.monotonic() - start, [result["status"] for result in results]


product = {"name": "Pour-over kettle", "unit_price_cents": 5990, "currency": "EUR"}
call("PUT", "/commands/products/kettle", product)
batch(None)
print("| clients | longest batch | executed | not attempted | other |")
print("| --- | --- | --- | --- | --- |")
for clients in (1, 4, 8):
    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(batch, range(clients)))
    statuses = [status for _, statuses in answers for status in statuses]
    executed, missed = statuses.count(201), statuses.count(503)
    longest = max(seconds for seconds, _ in answers)
    print(f"| {clients} | {longest:.1f} s | {executed} | {missed} | {len(statuses) - executed - missed} |", flush=True)
