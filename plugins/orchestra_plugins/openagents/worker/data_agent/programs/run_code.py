"""RUN AS A PROGRAM: runs Python that a model wrote, as a notebook's cell would.

`run_code.py FILE`: the last line's value is printed if it is an expression, and figures that nobody saved are saved.
"""

# matplotlib is in the framework's environment, not in ours.
# pyright: reportMissingImports=false

import ast
import linecache
import sys
import traceback
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

_NAME = "code.py"


def main() -> None:
    source = Path(sys.argv[1]).read_text("utf-8")
    sys.argv = [_NAME]
    sys.path.insert(0, "")  # modules that it wrote before are its own to import
    linecache.cache[_NAME] = (len(source), None, source.splitlines(keepends=True), _NAME)
    try:
        _run(source)
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever the code throws is for the model to read
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != _NAME:
            frames = frames.tb_next
        traceback.print_exception(type(error), error, frames)
        raise SystemExit(1) from None
    finally:
        _save_figures()


def _run(source: str) -> None:
    tree = ast.parse(source, _NAME)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(tree, _NAME, "exec"), names)  # noqa: S102 - this is what it is for
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), _NAME, "eval"), names)  # noqa: S307 - likewise
        if value is not None and not _is_a_plot(value):
            print(value if isinstance(value, str) else repr(value))  # noqa: T201


def _is_a_plot(value: Any) -> bool:
    one = value[0] if isinstance(value, (list, tuple)) and value else value
    return type(one).__module__.startswith("matplotlib")


def _save_figures() -> None:
    """Save each figure that is still open, unless its code did so: matplotlib's own `savefig` marks them."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else ():
        figure = pyplot.figure(number)
        if not getattr(figure, "_was_saved", False) and figure.axes:
            figure.savefig(_free_name())


def _free_name() -> str:
    number = 1
    while Path(f"chart_{number}.png").exists():
        number += 1
    return f"chart_{number}.png"


class _Finder(MetaPathFinder):
    """Finds nothing, but has figures remember that they were saved once matplotlib is wanted."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "matplotlib.pyplot":
            sys.meta_path.remove(self)
            _wrap_savefig()


def _wrap_savefig() -> None:
    from matplotlib.figure import Figure

    savefig = Figure.savefig

    def marking(self: Any, *arguments: Any, **named: Any) -> Any:
        self._was_saved = True
        return savefig(self, *arguments, **named)

    Figure.savefig = marking


if __name__ == "__main__":
    sys.meta_path.insert(0, _Finder())
    main()
