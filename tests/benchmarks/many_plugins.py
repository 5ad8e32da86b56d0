"""Ten trivial plugins in a folder of their own, to measure what they cost a start."""

from pathlib import Path

PLUGINS = 10

_PLUGIN = """
from pathlib import Path
from orchestra.domain.frameworks import Framework, Sample
from orchestra.hookspecs import hookimpl

ORCHESTRA_API = 1
FIELD = {{"type": "string", "title": "Field", "description": "A field of a form.", "default": "x"}}

@hookimpl
def orchestra_frameworks():
    return [Framework(id="plugin{i}", title="Plugin {i}", description="", homepage="", license="MIT", python=">=3.9",
                      config_schema={{"type": "object", "properties": {{f"field{{n}}": FIELD for n in range(20)}}}},
                      worker=Path(__file__), samples=(Sample("one", "One", "", {{}}),))]
"""


def write_plugins(folder: Path) -> None:
    """Make that folder one to be put on PYTHONPATH."""
    for i in range(PLUGINS):
        info = folder / f"orchestra_plugin{i}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"orchestra_plugin{i}.py").write_text(_PLUGIN.format(i=i))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: orchestra-plugin{i}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[orchestra]\nplugin{i} = orchestra_plugin{i}\n")
