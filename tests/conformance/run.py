"""Runs the WebSocket conformance cases of kosoku against the echo server that is named as the argument.

Every case has to be OK, NON-STRICT or INFORMATIONAL, and its closing OK or INFORMATIONAL. The cases 13.3.*
and 13.5.* offer compression only with a small window; the server declines that, since one compressed
message serves all, and the cases are then UNIMPLEMENTED.
"""

import asyncio
import re
import subprocess
import sys
import time

from kosoku import FailureError, run_fuzzingclient

DECLINED = re.compile(r"13\.[35]\.")
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}
GOOD_CLOSE = {"OK", "INFORMATIONAL"}
# So many cases there are; fewer would mean that some were lost.
AT_LEAST = 517


async def run(url):
    """The result of every case, failed or not."""
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
    echo = subprocess.Popen([sys.argv[1]], stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"ws://\S+", echo.stdout.readline())
        if url is None:
            sys.exit("the echo server names no address")
        started = time.monotonic()
        results = asyncio.run(run(url.group()))
    finally:
        echo.kill()
        echo.wait()
    bad = [result for result in results if not is_good(result)]
    for result in bad:
        print(describe(result))
    lost = max(0, AT_LEAST - len(results))
    if lost:
        print(f"only {len(results)} cases were run")
    print(f"{time.monotonic() - started:.0f} s")
    print(f"conformance: {len(results) - len(bad)} passed, {len(bad) + lost} failed", flush=True)
    sys.exit(1 if bad or lost else 0)


if __name__ == "__main__":
    main()
