"""The programs that run code and queries, as they are started."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestra_plugins.openagents.worker import data_agent

PROGRAMS = Path(data_agent.__path__[0]) / "programs"
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def run_code(tmp_path: Path) -> Callable[[str], Done]:
    def run(code: str) -> Done:
        (tmp_path / "program").write_text(code)
        command = [sys.executable, "-I", str(PROGRAMS / "run_code.py"), str(tmp_path / "program")]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return run


@pytest.fixture
def query(tmp_path: Path) -> Callable[[str], Done]:
    """Run a query on a table `t` with the column `n`, from 1 to 100."""
    database = sqlite3.connect(tmp_path / "a ?b.db")
    database.execute("CREATE TABLE t (n)")
    database.executemany("INSERT INTO t VALUES (?)", [(number,) for number in range(1, 101)])
    database.commit()
    database.close()

    def run(text: str) -> Done:
        (tmp_path / "query").write_text(text)
        arguments = [str(tmp_path / "a ?b.db"), str(tmp_path / "query"), "result_1.csv"]
        command = [sys.executable, "-I", str(PROGRAMS / "run_query.py"), *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return run


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("print(1)", "1\n"),
        ("x = 6\nx * 7", "42\n"),
        ("'text'", "text\n"),
        ("None", ""),
        ("", ""),
        ("import sys\nprint(sys.argv, __name__)", "['code.py'] __main__\n"),
    ],
)
def test_code_runs_as_in_a_notebook(run_code: Callable[[str], Done], code: str, output: str):
    done = run_code(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, output, "")


def test_modules_that_were_written_before_can_be_imported(run_code: Callable[[str], Done], tmp_path: Path):
    (tmp_path / "mine.py").write_text("VALUE = 5")
    assert run_code("import mine\nmine.VALUE").stdout == "5\n"


def test_an_error_is_told_with_its_line_and_without_ours(run_code: Callable[[str], Done]):
    done = run_code("def f():\n    return 1 / 0\nprint('before')\nf()")
    assert (done.returncode, done.stdout) == (1, "before\n")
    assert 'File "code.py", line 4' in done.stderr and "return 1 / 0" in done.stderr
    assert "run_code" not in done.stderr


@pytest.mark.parametrize("code", ["def f(:", "1/0", "raise KeyboardInterrupt", "raise SystemExit(3)"])
def test_code_that_fails_ends_with_a_code(run_code: Callable[[str], Done], code: str):
    assert run_code(code).returncode in {1, 3}


def test_rows_are_shown_and_many_are_kept(query: Callable[[str], Done], tmp_path: Path):
    assert query("SELECT n, NULL AS x FROM t WHERE n < 3").stdout == "n | x\n1 | NULL\n2 | NULL\n"
    done = query("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40) SELECT n FROM c;")
    assert done.stdout.endswith("30\n… 40 rows; all of them are in result_1.csv.\n")
    assert (tmp_path / "result_1.csv").read_text().split() == ["n", *map(str, range(1, 41))]
    assert query("SELECT n FROM t WHERE n > 100").stdout == "n\n(no rows)\n"


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE t",
        "INSERT INTO t VALUES (1)",
        "ATTACH 'other.db' AS o",
        "VACUUM INTO 'copy.db'",
        "PRAGMA journal_mode = DELETE",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "SELEC 1",
        "",
    ],
)
def test_a_query_can_do_nothing_but_read(query: Callable[[str], Done], tmp_path: Path, text: str):
    before = sorted(tmp_path.iterdir())
    done = query(text)
    assert done.returncode == 1 and done.stderr and "Traceback" not in done.stderr
    assert set(tmp_path.iterdir()) - set(before) <= {tmp_path / "query"}
    assert query("SELECT count(*) AS c FROM t").stdout == "c\n100\n"
