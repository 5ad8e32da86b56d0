"""Tiny packages for tests: wheels and a source archive in a folder, and locks of them with hashes."""

import base64
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path


def wheel(
    folder: Path, name: str, version: str = "1.0", *, requires: str = "", entry_points: str = "", **modules: str
) -> Path:
    """A wheel whose modules have these texts; by default one, of its own name, with `VERSION`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{module}.py": text for module, text in (modules or {name: f"VERSION = {version!r}\n"}).items()}
    info = f"{name}-{version}.dist-info"
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    if requires:
        files[f"{info}/METADATA"] += f"Requires-Dist: {requires}\n"
    if entry_points:
        files[f"{info}/entry_points.txt"] = entry_points
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},sha256={_digest(text)},{len(text)}\n" for path, text in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


def source_that_does_not_build(folder: Path, name: str, words: str) -> Path:
    """A source archive that builds itself, without any other package, and fails with these words."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{name}"\nversion = "1.0"\n',
        "backend.py": f"def build_wheel(*_, **__):\n    raise RuntimeError({words!r})\n",
    }
    path = folder / f"{name}-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in files.items():
            member = tarfile.TarInfo(f"{name}-1.0/{file}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def lock_of(file: Path, *packages: Path) -> Path:
    """A lock that pins these wheels and archives to their hashes."""
    lines: list[str] = []
    for package in packages:
        name, version = package.name.removesuffix(".tar.gz").split("-")[:2]
        digest = hashlib.sha256(package.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} \\\n    --hash=sha256:{digest}\n")
    file.write_text("".join(lines))
    return file


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
