"""Environments with further packages: really resolved, built and found, and what keeps them from that."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from wheels import wheel

from orchestra.domain.environments import Progress
from orchestra.domain.frameworks import Framework
from orchestra.environments.builds import Builds, Ended
from orchestra.environments.catalog import all_environments, interpreter_for, is_wanted, manifest_in, usable
from orchestra.environments.checkup import diagnose
from orchestra.environments.derived import Derivations
from orchestra.environments.layout import Layout
from orchestra.errors import NotInstalled

from .conftest import Declare

# A backend of its own, so that no other package is needed; what it leaves beside the sources must not stay there.
_BACKEND = """
import base64, hashlib, pathlib, zipfile

def build_wheel(folder, *_, **__):
    pathlib.Path("left behind").touch()
    info = "helper-2.0.dist-info"
    about = "Metadata-Version: 2.1\\nName: helper\\nVersion: 2.0\\nRequires-Dist: leaf\\n"
    kind = "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    texts = {"helper.py": pathlib.Path("helper.py").read_text(), f"{info}/METADATA": about, f"{info}/WHEEL": kind}
    record = ""
    for name, text in texts.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\\n"
    texts[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\\n"
    with zipfile.ZipFile(pathlib.Path(folder, "helper-2.0-py3-none-any.whl"), "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return "helper-2.0-py3-none-any.whl"
"""


def project_at(folder: Path) -> Path:
    """A package of a user's, as a folder of sources."""
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "helper"\nversion = "2.0"\n'
    )
    (folder / "backend.py").write_text(_BACKEND)
    (folder / "helper.py").write_text("import leaf\nWORD = 'from a folder'\n")
    return folder


@pytest.fixture(autouse=True)
def _no_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")


Built = Callable[[Framework], Ended]


@pytest.fixture
def built(layout: Layout) -> Built:
    """Builds what a framework needs, and tells how that ended."""

    def build(framework: Framework) -> Ended:
        ended: list[Ended] = []
        told: list[tuple[str, Progress]] = []
        builds = Builds(
            layout,
            may_download_python=False,
            on_progress=lambda name, progress: told.append((name, progress)),
            on_end=lambda _: None,
            on_gone=ended.append,
        )
        builds.begin(framework)
        deadline = time.monotonic() + 60
        while not ended:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert {name for name, _ in told} == {framework.id}
        return ended[0]

    return build


def needed(base: Framework, layout: Layout, *packages: str) -> Framework:
    return Derivations({base.id: base}, layout).needed(base, {"packages": list(packages)})


def says(framework: Framework, layout: Layout, code: str) -> str:
    command = [*interpreter_for(framework, layout.root.parent).command, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_further_packages_come_beside_those_of_the_framework_which_stay(
    declare: Declare, links: Path, layout: Layout, built: Built, tmp_path: Path
) -> None:
    base = declare()
    wheel(links, "tinypkg", "3.0")  # newer, and not what the framework was tested with
    wheel(links, "leaf")
    wheel(links, "branch", requires="leaf", branch="import leaf, tinypkg")
    framework = needed(base, layout, "branch>=1", "tinypkg")
    with pytest.raises(NotInstalled, match=r"Tiny with branch and 1 more is not installed\. Install it by the agent's"):
        interpreter_for(framework, layout.root.parent)
    assert built(framework).reason is None
    assert says(framework, layout, "import branch, tinypkg; print(tinypkg.VERSION)") == "1.0"
    path = usable(framework, layout)
    assert path is not None
    assert is_wanted(framework, path)
    manifest = manifest_in(path)
    assert manifest is not None
    assert manifest["asked"] == ["branch>=1", "tinypkg"]
    assert manifest["packages"] == {"tinypkg": "1.0", "branch": "1.0", "leaf": "1.0"}
    assert diagnose(path, "x", tmp_path).healthy
    with pytest.raises(NotInstalled):
        interpreter_for(base, layout.root.parent)


def test_the_lock_has_a_hash_for_each_package_and_is_what_is_installed(
    declare: Declare, links: Path, layout: Layout, built: Built
) -> None:
    wheel(links, "leaf")
    framework = needed(declare(), layout, "leaf")
    built(framework)
    [lock] = layout.derived.glob("*/*.lock")
    assert lock.read_text().count("==") == lock.read_text().count("--hash=sha256:") == 2


def test_a_package_in_a_folder_is_built_from_a_copy_and_its_needs_are_met(
    declare: Declare, links: Path, layout: Layout, built: Built, tmp_path: Path
) -> None:
    wheel(links, "leaf")
    folder = project_at(tmp_path / "my project" / "helper")
    before = sorted(path.name for path in folder.iterdir())
    framework = needed(declare(), layout, f"helper @ {folder.as_uri()}")
    ended = built(framework)
    assert ended.reason is None, ended.reason
    assert says(framework, layout, "import helper; print(helper.WORD)") == "from a folder"
    assert sorted(path.name for path in folder.iterdir()) == before
    (folder / "helper.py").write_text("WORD = 'changed'\n")
    assert built(framework).reason is None  # a repair
    assert says(framework, layout, "import helper; print(helper.WORD)") == "changed"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("tinypkg<1", r"The project asks for tinypkg<1, and Tiny is tested with tinypkg 1\.0"),
        ("branch", r"packages \(branch\) do not go together with those of Tiny: Because .*tinypkg==5.*tinypkg==1\.0"),
        (
            "leaf>=9",
            r"packages \(leaf>=9\) do not go together with those of Tiny: Because only leaf==1\.0 is available",
        ),
        ("helper @ file:///nowhere/helper", "The folder of helper is not there"),
        ("tinypkg @ file:///nowhere", "The project brings tinypkg itself, and Tiny has tinypkg"),
        ("helper @ {broken}", "could not be built"),
    ],
)
def test_what_does_not_go_together_is_a_sentence_that_names_both_sides(
    declare: Declare, links: Path, layout: Layout, built: Built, tmp_path: Path, asked: str, words: str
) -> None:
    wheel(links, "branch", requires="tinypkg==5")
    wheel(links, "leaf")
    folder = project_at(tmp_path / "broken")
    (folder / "backend.py").write_text("def build_wheel(*_, **__):\n    raise RuntimeError('no compiler')\n")
    reason = built(needed(declare(), layout, asked.format(broken=folder.as_uri()))).reason
    assert reason is not None
    assert re.search(words, reason), reason
    assert all_environments(layout) == []
    assert list(layout.building.iterdir()) == []


def test_a_new_lock_of_the_framework_makes_another_one_and_the_old_one_serves_until_then(
    declare: Declare, links: Path, layout: Layout, built: Built
) -> None:
    wheel(links, "leaf")
    base = declare()
    built(needed(base, layout, "leaf"))
    newer = declare(wheel(links, "tinypkg", "2.0"))
    framework = needed(newer, layout, "leaf")
    old = usable(framework, layout)
    assert old is not None
    assert not is_wanted(framework, old)
    assert says(framework, layout, "import tinypkg; print(tinypkg.VERSION)") == "1.0"
    built(framework)
    assert says(framework, layout, "import leaf, tinypkg; print(tinypkg.VERSION)") == "2.0"


def test_what_is_wished_for_is_found_by_its_id_also_after_a_restart(declare: Declare, layout: Layout) -> None:
    base = declare()
    first = Derivations({base.id: base}, layout)
    framework = first.needed(base, {"packages": ["b", " a ", "a"]})
    assert framework is first.needed(base, {"packages": ["a", "b"]})
    assert first.needed(base, {}) is base
    assert first.find(framework.id) is None
    first.note(framework)
    later = Derivations({base.id: base}, layout)
    found = later.find(framework.id)
    assert found is not None
    assert found.title == "Tiny with a and 1 more"
    assert set(later.all()) == {base.id, framework.id}
    (layout.derived / framework.id / "packages.json").write_text(json.dumps(["forged"]))
    assert later.find(framework.id) is None
    later.forget(framework.id)
    assert set(later.all()) == {base.id}
    for wrong in ("nothing.0123456789ab", "tiny.", "tiny.../../x", "../../x", "tiny.0123456789AB", ".."):
        assert later.find(wrong) is None
        later.forget(wrong)
    assert layout.derived.exists()
