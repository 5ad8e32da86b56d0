"""What the agent's commands do to the world and see of it."""

import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest

from orchestra.worker.toolbox import web
from orchestra_plugins.miniagi.worker import pages


@pytest.fixture
def observe(gateway: Any, context: Any, work: Any, scripted: Any) -> Callable[..., str]:
    """Let the agent use one command; what it saw."""

    def once(command: str, argument: str, **configuration: Any) -> str:
        gateway.answer = scripted(f"<r>Try.</r><c>{command}</c>\n{argument}")
        work(**configuration)
        return next(step.result for step in context.steps if step.type == "tool")

    return once


def test_python_runs_in_the_folder(observe: Any, tmp_path: Path):
    assert observe("execute_python", "open('made.txt', 'w').write('ü'); print('wröte')") == "wröte"
    assert (tmp_path / "made.txt").exists()


def test_python_error_is_seen(observe: Any):
    seen = observe("execute_python", "print('before')\n1/0")
    assert seen.startswith("before\nSTDERR:\nTraceback")
    assert seen.endswith("It ended with exit code 1.")


def test_shell_shows_output_and_errors(observe: Any):
    assert observe("execute_shell", "echo out; echo err >&2; exit 3") == (
        "out\nSTDERR:\nerr\nIt ended with exit code 3."
    )


def test_standard_input_is_empty(observe: Any):
    assert observe("execute_shell", "cat; echo end") == "end"


def test_gateway_key_stays_hidden(observe: Any, context: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", context.gateway_key)
    monkeypatch.setenv("OPENAI_BASE_URL", context.gateway_url)
    monkeypatch.setenv("DISGUISE", f"Bearer {context.gateway_key}")
    monkeypatch.setenv("HARMLESS", "here")
    seen = observe("execute_python", "import os; print(dict(os.environ))")
    assert "HARMLESS" in seen
    assert context.gateway_key not in seen
    assert "OPENAI" not in seen


def test_timeout_ends_grandchildren(observe: Any, tmp_path: Path, eventually: Any):
    began = time.monotonic()
    seen = observe("execute_shell", "sleep 60 & echo $! > pid; echo started; sleep 60", command_timeout=1)
    assert time.monotonic() - began < 10
    assert seen == "started\nIt was stopped after 1 seconds, with everything that it had started."
    eventually(lambda: is_gone(tmp_path))


def test_background_process_ends_with_its_command(observe: Any, tmp_path: Path, eventually: Any):
    began = time.monotonic()
    assert observe("execute_shell", "sleep 60 & echo $! > pid; echo ok") == "ok"
    assert time.monotonic() - began < 10
    eventually(lambda: is_gone(tmp_path))


def test_cancelling_ends_a_sleeping_command(observe: Any, context: Any, tmp_path: Path, eventually: Any):
    def cancel_once_started() -> None:
        eventually(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"))
        context.cancel()

    thread = threading.Thread(target=cancel_once_started)
    thread.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match="asked to stop"):
        observe("execute_shell", "sleep 60 & echo $! > pid; wait")
    thread.join()
    assert time.monotonic() - began < 5
    eventually(lambda: is_gone(tmp_path))


def test_endless_output_is_cut(observe: Any):
    seen = observe("execute_python", "print('x' * 300_000)", max_memory_item_size=100_000)
    assert seen.startswith("x" * 200_000 + "\n[100,001 more bytes were cut]")


@pytest.mark.parametrize("output", [r"\377", r"\000"])
def test_output_that_is_not_text_is_survived(observe: Any, output: str):
    assert observe("execute_shell", f"printf '{output}'") in {"\ufffd", "\0"}


@pytest.mark.parametrize("argument", ["echo \0", "echo \udc80\ud800"])
def test_argument_that_cannot_be_run_is_told(observe: Any, argument: str):
    assert observe("execute_shell", argument).startswith("The command failed: ")


def test_very_long_program_runs(observe: Any):
    assert observe("execute_python", "#" * 190_000 + "\nprint('ran')") == "ran"


def test_file_is_ingested(observe: Any, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("Grüße", "utf-8-sig")
    assert observe("ingest_data", "notes.txt") == "Grüße"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("http://127.0.0.1/", "leads to an address inside this network"),
        ("http://[", "The command failed"),
        ("missing.txt", "No such file"),
        (".", "is not a file"),
        ("pipe", "is not a file"),
        ("paper", "is a PDF file"),
        ("archive", "holds no text"),
        ("torn", "cannot be read as a document"),
        ("binary", "is not a text file"),
        ("", "is not a file"),
    ],
)
def test_what_cannot_be_read_is_told(
    observe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, reason: str
):
    monkeypatch.setenv("PATH", str(tmp_path))  # no pdftotext
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "paper").write_bytes(b"%PDF-1.7 ...")
    (tmp_path / "binary").write_bytes(b"a\0b")
    (tmp_path / "torn").write_bytes(b"PK\x03\x04 and no more")
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert reason in observe("ingest_data", source)


def test_pdf_is_read_where_there_is_a_program_for_it(observe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program = tmp_path / "bin" / "pdftotext"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ -s "$4" ] && echo "text of ${4##*/}"\n')
    program.chmod(0o700)
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7 ...")
    monkeypatch.setenv("PATH", str(program.parent))
    assert observe("ingest_data", "paper.pdf") == "text of paper.pdf"


def test_long_file_is_cut(observe: Any, tmp_path: Path):
    (tmp_path / "long").write_text("z" * 200_001)
    assert observe("ingest_data", "long", max_memory_item_size=100_000).endswith(
        "[only the first 200,000 characters are shown]"
    )


def test_data_is_processed_by_the_model(observe: Any, gateway: Any, tmp_path: Path):
    (tmp_path / "people.txt").write_text("Ada, Alan")
    assert observe("process_data", "List the names | in order.|people.txt") == "(Work)"
    prompt = next(prompt for prompt in gateway.prompts if prompt.startswith("Work"))
    assert "List the names | in order.\n" in prompt
    assert "Ada, Alan" in prompt


@pytest.mark.parametrize("argument", ["people.txt", "|people.txt", "List.|"])
def test_process_data_needs_both_halves(observe: Any, argument: str):
    assert observe("process_data", argument).startswith("The argument must be")


PAGE = "<!doctype html><title>Tides</title><script>no()</script><p>High at <b>six</b>,<br>low at noon.</p>"
RESULTS = """<html><div class="result"><h2><a rel="nofollow" class="result__a"
href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.org%2Ftides&amp;rut=1">Tides <b>today</b></a></h2>
<a class="result__snippet" href="x">High and <b>low</b> water.</a></div>
<div class="result result--ad"><a class="result__a" href="//duckduckgo.com/y.js?ad=1">Buy tides</a></div></html>"""


class Site(BaseHTTPRequestHandler):
    """A page, a search engine's results for whoever asks with words, and 404 for anything else."""

    def do_GET(self) -> None:
        body = RESULTS if "q=" in self.path else PAGE
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A site on this machine, which counts as the open internet for this test alone."""
    monkeypatch.setattr(web, "is_public", lambda _: True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_page_is_read_as_its_reader_sees_it(observe: Any, site: str):
    assert observe("ingest_data", f"{site}/tides") == "Tides\nHigh at six,\nlow at noon."


def test_page_that_is_not_there_is_told(observe: Any, site: str):
    assert observe("ingest_data", f"{site}/none").startswith("The command failed: the server answered 404")


def test_page_is_processed(observe: Any, gateway: Any, site: str):
    assert observe("process_data", f"When is high water?|{site}/tides") == "(Work)"
    assert any("low at noon." in prompt and "When is high water?" in prompt for prompt in gateway.prompts)


def test_search_gives_titles_addresses_and_summaries(observe: Any, site: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages, "SEARCH_ADDRESS", f"{site}/html/?q=")
    seen = observe("web_search", "tides  today", web_search_provider="duckduckgo")
    assert seen == "Tides today\nhttps://example.org/tides\nHigh and low water."


def test_search_is_offered_only_with_a_provider(observe: Any, gateway: Any):
    assert observe("web_search", "tides").startswith("There is no command 'web_search'.")
    assert "web_search" not in gateway.prompts[0]


def is_gone(folder: Path) -> bool:
    """The process whose id the agent noted has ended; a zombie that nobody has reaped yet has, too."""
    try:
        return psutil.Process(int((folder / "pid").read_text())).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
