"""The file that a worker is started with, by path: `python -I boot.py`, jobs on standard input.

`python -I boot.py zygote` starts what forks workers instead.

It loads its neighbours under a name of their own, so that nothing else of ours is importable in the framework's
interpreter.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

_NAME = "orchestra_worker"


def main() -> None:
    folder = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location(
        _NAME,
        os.path.join(folder, "__init__.py"),
        submodule_search_locations=[folder],
    )
    if spec is None or spec.loader is None:
        sys.exit("The worker's own files are missing. Install AgentOrchestra again.")
    package = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = package
    spec.loader.exec_module(package)
    importlib.import_module(_NAME + (".zygote" if sys.argv[1:] == ["zygote"] else ".runtime")).main()


if __name__ == "__main__":
    main()
