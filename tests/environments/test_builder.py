"""Environments that are really built, of tiny wheels, and everything that can go wrong meanwhile."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from wheels import lock_of, source_that_does_not_build, wheel

from orchestra.domain.environments import Phase, Progress
from orchestra.domain.frameworks import Framework
from orchestra.environments import builder
from orchestra.environments.builder import Build, clean
from orchestra.environments.catalog import all_environments, describe, interpreter_for, is_wanted, recipe_for
from orchestra.environments.checkup import diagnose
from orchestra.environments.commands import Cancelled, Stop
from orchestra.environments.disk import size_of
from orchestra.environments.interpreters import Python
from orchestra.environments.layout import Layout, packages_in
from orchestra.errors import Invalid, NotInstalled, OrchestraError, Unavailable

from .conftest import Declare


def build(framework: Framework, layout: Layout, python: Python, stop: Stop | None = None, **more: object) -> Path:
    recipe = recipe_for(framework, python.minor)
    return Build(layout, recipe, framework.title, stop or Stop(), **more).run(python)  # type: ignore[arg-type]


def says(framework: Framework, layout: Layout, code: str) -> str:
    command = [*interpreter_for(framework, layout.root.parent).command, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def assert_nothing_is_left(layout: Layout) -> None:
    assert all_environments(layout) == []
    assert not layout.building.exists() or list(layout.building.iterdir()) == []


def test_what_was_built_is_found_and_imports_its_package(declare: Declare, layout: Layout, python: Python) -> None:
    framework = declare()
    with pytest.raises(NotInstalled, match="orchestra frameworks install tiny"):
        interpreter_for(framework, layout.root.parent)
    told: list[Progress] = []
    path = build(framework, layout, python, report=told.append)
    assert says(framework, layout, "import tinypkg; print(tinypkg.VERSION)") == "1.0"
    assert is_wanted(framework, path)
    assert [p.phase for p in told][:2] == [Phase.START, Phase.RESOLVE]
    assert Progress(Phase.INSTALL, 1, 1, "tinypkg") in told
    assert told[-1] == Progress(Phase.CHECK)
    described = describe(path)
    assert described is not None
    assert (described.framework, described.python_version, described.packages) == ("tiny", str(python.version), 1)
    assert described.size_bytes > 0
    assert "tinypkg==1.0" in layout.log("tiny").read_text()


def test_files_of_the_plugin_lie_in_the_environment_and_the_cache_keeps_its_own(
    declare: Declare, layout: Layout, python: Python, tmp_path: Path
) -> None:
    table = tmp_path / "table.bin"
    table.write_bytes(b"\x00\x01")
    files = {"etc/one.json": "{}", "share/table.bin": table, "site-packages/tinypkg.py": "VERSION = 'patched'\n"}
    framework = declare(environment_files=files)
    path = build(framework, layout, python)
    assert (path / "etc/one.json").read_text() == "{}"
    assert (path / "share/table.bin").read_bytes() == b"\x00\x01"
    assert says(framework, layout, "import tinypkg; print(tinypkg.VERSION)") == "patched"
    assert diagnose(path, "Tiny", tmp_path).healthy
    plain = declare(id="plain")
    build(plain, layout, python)
    assert says(plain, layout, "import tinypkg; print(tinypkg.VERSION)") == "1.0"


def test_the_second_step_is_installed_without_its_dependencies(
    declare: Declare, links: Path, layout: Layout, python: Python, tmp_path: Path
) -> None:
    second = lock_of(tmp_path / "second.lock", wheel(links, "second", second="import tinypkg"))
    framework = declare(second_step=second, imports=("second",))
    build(framework, layout, python)
    assert says(framework, layout, "import second; print('ok')") == "ok"


def test_files_are_shared_with_the_cache_and_counted_once(
    declare: Declare, links: Path, layout: Layout, python: Python
) -> None:
    large = wheel(links, "large", large="X = 1\n" + "#" * 3_000_000)
    one, two = (build(declare(large, id=id, imports=()), layout, python) for id in ("one", "two"))
    assert size_of(one) > 3_000_000
    assert size_of(one, two, layout.cache) < size_of(one) + size_of(two)


def test_a_lock_that_changed_means_another_environment_beside_the_old_one(
    declare: Declare, links: Path, layout: Layout, python: Python
) -> None:
    old = build(declare(), layout, python)
    newer = declare(wheel(links, "tinypkg", "2.0"))
    assert not is_wanted(newer, old)
    assert says(newer, layout, "import tinypkg; print(tinypkg.VERSION)") == "1.0"  # until the new one is built
    new = build(newer, layout, python)
    assert says(newer, layout, "import tinypkg; print(tinypkg.VERSION)") == "2.0"
    assert set(all_environments(layout)) == {old, new}


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("absent", "cannot be found together: Because there is no version of absent"),
        ("hash", "tinypkg==1.0 is not the one that Tiny was tested with"),
        ("source", "could not be built here: RuntimeError: no compiler"),
        ("import", r"nosuch cannot be imported \(ModuleNotFoundError"),
        ("exit", "ended with exit code 7 while it imported tinypkg"),
        ("unsealed", "without a hash"),
    ],
)
def test_what_cannot_be_installed_is_a_sentence_and_leaves_nothing(
    declare: Declare, links: Path, layout: Layout, python: Python, what: str, words: str
) -> None:
    framework = declare()
    assert framework.requirements is not None
    lock = framework.requirements
    if what == "absent":
        lock.write_text(lock.read_text().replace("tinypkg", "absent"))
    elif what == "hash":
        wheel(links, "tinypkg", tinypkg="VERSION = 'forged'\n")
    elif what == "source":
        lock_of(lock, source_that_does_not_build(links, "tinypkg", "no compiler"))
        (links / "tinypkg-1.0-py3-none-any.whl").unlink()
    elif what == "import":
        framework = declare(imports=("tinypkg", "nosuch"))
    elif what == "exit":
        lock_of(lock, wheel(links, "tinypkg", tinypkg="import os; os._exit(7)"))
    else:
        lock.write_text("tinypkg==1.0\n")
    with pytest.raises(OrchestraError, match=words) as told:
        build(framework, layout, python)
    assert isinstance(told.value, Unavailable | Invalid)
    assert_nothing_is_left(layout)


def test_without_a_network_what_the_cache_holds_is_enough_and_the_rest_is_a_sentence(
    declare: Declare, links: Path, layout: Layout, python: Python, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", "http://127.0.0.1:9/links")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(Unavailable, match="The package index cannot be reached"):
        build(declare(), layout, python)
    assert_nothing_is_left(layout)


def test_a_failed_rebuild_leaves_the_environment_that_was_there(
    declare: Declare, links: Path, layout: Layout, python: Python
) -> None:
    framework = declare()
    path = build(framework, layout, python)
    before = path.stat().st_ino
    shutil.rmtree(layout.cache)
    (links / "tinypkg-1.0-py3-none-any.whl").unlink()
    with pytest.raises(Unavailable):
        build(framework, layout, python)
    assert path.stat().st_ino == before
    assert says(framework, layout, "import tinypkg; print('works')") == "works"


def slow(declare: Declare, links: Path) -> Framework:
    return declare(wheel(links, "tinypkg", tinypkg="import time; time.sleep(300)"))


def wait_until(condition: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_cancelled_build_ends_at_once_and_leaves_nothing(
    declare: Declare, links: Path, layout: Layout, python: Python
) -> None:
    stop, told, ended = Stop(), list[Progress](), list[BaseException]()

    def run() -> None:
        try:
            build(slow(declare, links), layout, python, stop, report=told.append)
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: Progress(Phase.CHECK) in told)
    stop.wish()
    thread.join(20)
    assert isinstance(ended[0], Cancelled)
    assert_nothing_is_left(layout)


def test_a_killed_build_leaves_nothing_that_looks_ready_and_the_next_start_cleans_up(
    declare: Declare, links: Path, layout: Layout, python: Python, tmp_path: Path
) -> None:
    framework = slow(declare, links)
    script = f"""
from pathlib import Path
from orchestra.domain.frameworks import Framework
from orchestra.environments import builder, catalog, commands, interpreters, layout
lock = Path({str(framework.requirements)!r})
framework = Framework("tiny", "Tiny", "", "", "", ">=3.9", {{}}, Path(), requirements=lock, imports=("tinypkg",))
python = interpreters.probe(Path({str(python.path)!r}))
recipe = catalog.recipe_for(framework, python.minor)
builder.Build(layout.Layout.of(Path({str(tmp_path / "data")!r})), recipe, "Tiny", commands.Stop(), print).run(python)
"""
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    while "CHECK" not in child.stdout.readline():
        assert child.poll() is None
    [aside] = layout.building.iterdir()
    wait_until(lambda: (aside / "scratch" / "process.json").exists())
    orphan = json.loads((aside / "scratch" / "process.json").read_text())["pid"]
    child.kill()
    child.wait()
    child.stdout.close()
    os.kill(orphan, 0)  # it goes on without us
    assert all_environments(layout) == []
    with pytest.raises(NotInstalled):
        interpreter_for(framework, layout.root.parent)
    clean(layout)
    with pytest.raises(ProcessLookupError):
        os.kill(orphan, 0)
    assert_nothing_is_left(layout)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a small disk is made by root only")
def test_what_a_package_leaves_running_when_it_is_imported_does_not_hold_up_the_build(
    declare: Declare, links: Path, layout: Layout, python: Python, tmp_path: Path
) -> None:
    text = f"import subprocess; open({str(tmp_path / 'pid')!r}, 'w').write(str(subprocess.Popen(['sleep', '300']).pid))"
    build(declare(wheel(links, "tinypkg", tinypkg=text)), layout, python)
    child = int((tmp_path / "pid").read_text())
    wait_until(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2])


@pytest.mark.parametrize(("spared", "words"), [(0, "The disk is full"), (200_000_000, "200 MB should be. Make room")])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    declare: Declare,
    links: Path,
    tmp_path: Path,
    python: Python,
    monkeypatch: pytest.MonkeyPatch,
    spared: int,
    words: str,
) -> None:
    monkeypatch.setattr(builder, "_SPARED_BYTES", spared)
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("no disk may be mounted here")
    try:
        layout = Layout.of(disk)
        large = wheel(links, "tinypkg", tinypkg="#" * 8_000_000)
        with pytest.raises(Unavailable, match=words):
            build(declare(large), layout, python)
        assert_nothing_is_left(layout)
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("harm", ["file", "version", "python", "manifest", "module"])
def test_the_doctor_says_what_is_wrong_and_what_to_do(
    declare: Declare, layout: Layout, python: Python, tmp_path: Path, harm: str
) -> None:
    path = build(declare(), layout, python)
    assert diagnose(path, "Tiny", tmp_path).problems == []
    packages = packages_in(path)
    assert packages is not None
    words = {
        "file": "1 of the files of tinypkg are missing or changed, such as tinypkg.py",
        "version": "tinypkg is 9.0 instead of 1.0",
        "python": "its Python does not start",
        "manifest": "cannot be read",
        "module": "tinypkg cannot be imported (ModuleNotFoundError",
    }
    if harm in {"file", "module"}:
        (packages / "tinypkg.py").unlink()
        shutil.rmtree(packages / "__pycache__", ignore_errors=True)
    elif harm == "version":
        metadata = packages / "tinypkg-1.0.dist-info" / "METADATA"
        text = metadata.read_text().replace("1.0", "9.0")
        metadata.unlink()
        metadata.write_text(text)
    elif harm == "python":
        (path / "bin" / "python").unlink()
        (path / "bin" / "python").symlink_to("/nowhere/python")
    else:
        (path / "orchestra.json").write_text("[")
    found = diagnose(path, "Tiny", tmp_path)
    assert any(words[harm] in problem for problem in found.problems), found.problems
    assert all(p.startswith("Tiny: ") and "orchestra frameworks repair tiny" in p for p in found.problems)
