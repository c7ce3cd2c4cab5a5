"""Runs kosoku's WebSocket conformance cases against the echo server given as the first argument.

Every case must be OK, NON-STRICT or INFORMATIONAL, and its close OK or INFORMATIONAL. The cases 13.3.* and
13.5.* offer compression only with a small window. The server declines them, because one compressed message is
shared by all clients, and they are then UNIMPLEMENTED.

The cases 12.* and 13.* send 1,000 compressed messages each, 11 GB in all. A second argument sets another number.
"""

import asyncio
import importlib
import re
import subprocess
import sys
import time

from kosoku import FailureError, _caseindex, run_fuzzingclient

DECLINED = re.compile(r"13\.[35]\.")
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}
GOOD_CLOSE = {"OK", "INFORMATIONAL"}
# Number of cases; fewer results mean that some did not run.
CASES = 517


def set_message_count(count):
    """Makes each compression case send `count` messages."""
    _caseindex.initialize_shims()
    cases = importlib.import_module("case12_x_x")
    for case in cases.Case12_X_X + cases.Case13_X_X:
        case.COUNT = count


async def run(url):
    """Returns the results of all cases, including failed ones."""
    try:
        return await run_fuzzingclient(url, concurrency=2)
    except FailureError as failure:
        return failure.results


def is_good(result):
    good = GOOD | {"UNIMPLEMENTED"} if DECLINED.match(result.case_id) else GOOD
    return result.behavior.value in good and result.behavior_close.value in GOOD_CLOSE


def describe(result):
    """One failed case in a few lines."""
    return (
        f"case {result.case_id}: {result.behavior.value} / {result.behavior_close.value}\n"
        f"  {result.result}\n  {result.result_close}\n  {result.was_not_clean_reason or ''}"
    )


def main():
    if len(sys.argv) > 2:
        set_message_count(int(sys.argv[2]))
    echo = subprocess.Popen([sys.argv[1]], stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"ws://\S+", echo.stdout.readline())
        if url is None:
            sys.exit("the echo server printed no address")
        started = time.monotonic()
        results = asyncio.run(run(url.group()))
    finally:
        echo.kill()
        echo.wait()
    bad = [result for result in results if not is_good(result)]
    for result in bad:
        print(describe(result))
    missing = max(0, CASES - len(results))
    if missing:
        print(f"only {len(results)} cases ran")
    print(f"{time.monotonic() - started:.0f} s")
    print(f"conformance: {len(results) - len(bad)} passed, {len(bad) + missing} failed", flush=True)
    sys.exit(1 if bad or missing else 0)


if __name__ == "__main__":
    main()
