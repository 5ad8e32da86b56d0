"""GUEST CODE, run by an environment's own Python: imports what a worker imports, and tells what is installed.

Standard library only, Python 3.9 to 3.14. `inspect_environment.py REPORT MODULE…` writes a JSON object to the file
REPORT, since frameworks print: `errors` has a sentence for each module that cannot be imported, `packages` the version
of each distribution, `missing` those of its installed files that are gone or of another size.
"""

import importlib
import importlib.metadata
import json
import os
import sys
import traceback


def main():
    report, modules = sys.argv[1], sys.argv[2:]
    packages, missing = look()
    errors = {}
    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException as error:
            traceback.print_exc()
            errors[module] = f"{type(error).__name__}: {error}"
    with open(report, "w", encoding="utf-8", errors="replace") as file:
        json.dump({"errors": errors, "packages": packages, "missing": missing}, file)
    os._exit(0)  # threads that a framework has started must not keep us


def look():
    packages, missing = {}, {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        if not name:
            continue
        packages[name] = distribution.version
        gone = [file.as_posix() for file in distribution.files or () if not is_whole(file)]
        if gone:
            missing[name] = gone
    return packages, missing


def is_whole(file):
    try:
        return file.size is None or os.stat(file.locate()).st_size == file.size
    except OSError:
        return False


if __name__ == "__main__":
    main()
