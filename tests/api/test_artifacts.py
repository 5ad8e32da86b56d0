"""The files that a run has left: listed, fetched and shown, whatever the run has named them and put into them."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx2
import pytest
from servers import ServerUnderTest, running_server, wait_until

from orchestra.domain.artifacts import id_of

HOSTILE = '<script>alert(1)</script>"\r\nX-Evil: 1.html'


def left_by(server: ServerUnderTest, files: dict[str, str], links: dict[str, str] | None = None) -> str:
    """The id of an execution that has left these."""
    started = server.start_run(server.agent("leave"), input={"files": files, "links": links or {}})
    assert server.wait(started)["status"] == "COMPLETED"
    return started


def listed(server: ServerUnderTest, execution: str, **parameters: Any) -> Any:
    return server.call("GET", f"/executions/{execution}/artifacts", params=parameters)


def fetched(server: ServerUnderTest, execution: str, path: str, **headers: str) -> httpx2.Response:
    place = f"/api/executions/{execution}/artifacts/{id_of(path.split('/'))}"
    return server.http.get(place, headers={name.replace("_", "-"): value for name, value in headers.items()})


def shown(server: ServerUnderTest, execution: str, path: str) -> Any:
    return server.call("GET", f"/executions/{execution}/artifacts/{id_of(path.split('/'))}/preview")


def folder_of(server: ServerUnderTest, execution: str) -> Path:
    return server.data_dir / "runs" / execution / "files"


def test_files_are_listed_by_their_paths_with_size_and_time(server: ServerUnderTest) -> None:
    execution = left_by(server, {"b.txt": "two", "a/deep/c.md": "x", "empty": ""})
    found = listed(server, execution)
    assert [(one["path"], one["sizeBytes"]) for one in found["artifacts"]] == [
        ("a/deep/c.md", 1),
        ("b.txt", 3),
        ("empty", 0),
    ]
    assert found["isWhole"]
    ended = datetime.fromisoformat(server.execution(execution)["completedAt"])
    assert datetime.fromisoformat(found["keptUntil"]) == ended + timedelta(days=30)
    assert abs(datetime.fromisoformat(found["artifacts"][0]["modifiedAt"]) - ended) < timedelta(seconds=60)
    second = listed(server, execution, page=2, limit=2)
    assert ([one["path"] for one in second["artifacts"]], second["pagination"]["total"]) == (["empty"], 3)


def test_a_run_that_left_nothing_has_an_empty_list(server: ServerUnderTest) -> None:
    assert listed(server, server.run("count", count=0)["id"])["artifacts"] == []


def test_files_are_seen_while_the_run_goes_on(server: ServerUnderTest) -> None:
    execution = server.start_run(server.agent("lend_key"))
    wait_until(lambda: listed(server, execution)["artifacts"])
    found = listed(server, execution)
    assert [one["path"] for one in found["artifacts"]] == ["key"]
    assert "keptUntil" not in found
    server.let_end(execution)


def test_all_attempts_leave_their_files_in_one_place(server: ServerUnderTest) -> None:
    agent = server.agent("fail_until", count=1, retries={"attempts": 2, "backoffSeconds": 0})
    execution = server.start_run(agent)
    assert server.wait(execution)["attempt"] == 2
    assert fetched(server, execution, "attempts").text == "xx"


def test_caches_links_pipes_and_what_lies_beside_them_are_no_artifacts(server: ServerUnderTest) -> None:
    execution = left_by(
        server,
        {"kept.txt": "x", ".cache/model": "x", "a/.hidden": "x", "__pycache__/m.pyc": "x"},
        {"out": "/etc", "passwd": "/etc/passwd", "journal": "../1", "inner": "kept.txt"},
    )
    os.mkfifo(folder_of(server, execution) / "pipe")
    assert [one["path"] for one in listed(server, execution)["artifacts"]] == ["kept.txt"]
    for path in ("out/passwd", "passwd", "journal/events.jsonl", "inner", "pipe", ".cache/model", "../1/events.jsonl"):
        assert fetched(server, execution, path).status_code == 404, path
    for path in ("..", ".", "/etc/passwd", "a//b", "a\0b", "kept.txt/", "a"):
        assert fetched(server, execution, path).status_code == 404, path
    for wrong in ("%2e%2e", "a*b", "ä", "x" * 9000):
        assert server.http.get(f"/api/executions/{execution}/artifacts/{wrong}").status_code == 404, wrong


def test_a_file_comes_as_an_attachment_that_no_browser_runs(server: ServerUnderTest) -> None:
    page = "<script>fetch('/api/keys')</script>"
    execution = left_by(server, {"page.html": page, "picture.svg": "<svg onload='alert(1)'/>", HOSTILE: page})
    for path in ("page.html", "picture.svg", HOSTILE):
        answer = fetched(server, execution, path)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        kept, _, name = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
        assert kept.startswith("attachment; filename=")
        assert unquote(name) == path.rpartition("/")[2]
        assert "x-evil" not in answer.headers
        assert '"' not in kept.removeprefix('attachment; filename="').removesuffix('"')


def test_names_of_any_bytes_are_listed_and_fetched(server: ServerUnderTest) -> None:
    execution = left_by(server, {"x": "x"})
    name = os.fsdecode(b"caf\xe9 \xff\n.txt")
    (folder_of(server, execution) / name).write_text("bytes")
    found = {one["path"]: one["id"] for one in listed(server, execution)["artifacts"]}
    [path] = set(found) - {"x"}
    assert path == "caf\ufffd \ufffd\n.txt"
    assert server.http.get(f"/api/executions/{execution}/artifacts/{found[path]}").text == "bytes"


def test_a_part_of_a_file_is_fetched(server: ServerUnderTest) -> None:
    execution = left_by(server, {"digits": "0123456789", "empty": ""})
    for asked, content, place in (
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
    ):
        answer = fetched(server, execution, "digits", Range=asked)
        assert (answer.status_code, answer.text, answer.headers["content-range"]) == (206, content, place)
    for ignored in ("bytes=0-1,3-4", "bytes=-", "bytes=4-2", "lines=1-2", "bytes=a-b"):
        answer = fetched(server, execution, "digits", Range=ignored)
        assert (answer.status_code, answer.text) == (200, "0123456789"), ignored
    for beyond in ("bytes=10-", "bytes=-0"):
        answer = fetched(server, execution, "digits", Range=beyond)
        assert (answer.status_code, answer.json()["error"]) == (416, "out_of_range")
        assert answer.headers["content-range"] == "bytes */10"
    assert fetched(server, execution, "empty", Range="bytes=0-9").status_code == 200


def test_a_part_is_of_the_file_that_was_begun(server: ServerUnderTest) -> None:
    execution = left_by(server, {"digits": "0123456789"})
    tag = fetched(server, execution, "digits").headers["etag"]
    assert fetched(server, execution, "digits", Range="bytes=5-", If_Range=tag).text == "56789"
    assert fetched(server, execution, "digits", If_Match=tag).status_code == 200
    (folder_of(server, execution) / "digits").write_text("abcdefghijk")
    changed = fetched(server, execution, "digits", Range="bytes=5-", If_Range=tag)
    assert (changed.status_code, changed.text) == (200, "abcdefghijk")
    assert fetched(server, execution, "digits", Range="bytes=5-", If_Match=tag).status_code == 412


def test_texts_tables_and_images_are_shown(server: ServerUnderTest) -> None:
    execution = left_by(
        server, {"a.txt": "héllo", "a.csv": 'name;note\nAda;"a, b"\n', "empty.csv": "", "no.html": "<b>"}
    )
    folder = folder_of(server, execution)
    (folder / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (folder / "called.png").write_text("no image")
    (folder / "binary.txt").write_bytes(b"MZ\x00\x01")
    assert shown(server, execution, "a.txt") == {"kind": "text", "text": "héllo", "isCut": False}
    table = {"kind": "table", "rows": [["name", "note"], ["Ada", "a, b"]], "isCut": False}
    assert shown(server, execution, "a.csv") == table
    assert shown(server, execution, "empty.csv") == {"kind": "text", "text": "", "isCut": False}
    assert shown(server, execution, "no.html")["kind"] == "text"
    assert shown(server, execution, "a.png") == {"kind": "image", "isCut": False}
    assert fetched(server, execution, "a.png").headers["content-type"] == "image/png"
    assert shown(server, execution, "called.png")["kind"] == "text"
    assert shown(server, execution, "binary.txt") == {"kind": "none", "isCut": False}


@pytest.mark.parametrize("name", ["long.txt", "long.csv"])
def test_what_is_long_is_shown_in_its_beginning(server: ServerUnderTest, name: str) -> None:
    execution = left_by(server, {name: "é,b\n" * 200_000})
    preview = shown(server, execution, name)
    assert preview["isCut"]
    assert len(str(preview)) < 300_000


def test_secrets_are_not_shown(server: ServerUnderTest) -> None:
    secret = "sk-" + "s3cret" * 5
    body = {"name": "hidden", "kind": "local", "baseUrl": "http://127.0.0.1:9/v1", "apiKey": secret}
    provider = server.http.post("/api/providers", json={**body, "test": False})
    assert provider.status_code == 201, provider.text
    execution = left_by(server, {"a.txt": f"the key is {secret}!"})
    assert shown(server, execution, "a.txt")["text"] == "the key is [secret removed]!"
    server.http.delete(f"/api/providers/{provider.json()['id']}")


def test_files_go_when_their_time_has_come_and_not_before_the_end(tmp_path: Path) -> None:
    with running_server(tmp_path, artifact_days="0") as server:
        ended = left_by(server, {"a/b.txt": "x"}, {"out": str(tmp_path)})
        kept = server.start_run(server.agent("lend_key"))
        wait_until(lambda: listed(server, kept)["artifacts"])
        closed = folder_of(server, ended) / "a"
        closed.chmod(0)
        server.stop()
        server.start()
        wait_until(lambda: not folder_of(server, ended).exists())
        assert listed(server, ended)["artifacts"] == []
        assert server.messages(ended) == []
        assert [one["path"] for one in listed(server, kept)["artifacts"]] == ["key"]
        assert tmp_path.exists()
        server.let_end(kept)
