"""Does nothing, or as asked prints lines, or waits."""

import contextlib
import time


def run(request, context):
    for i in range(request.input.get("lines", 0)):
        print(f"line {i} of a run that prints as fast as it can, about as long as log lines are: 0123456789 abcdef")
    if request.input.get("stubborn"):
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(600)
    time.sleep(request.input.get("seconds", 0))
    return {"answer": 42}
