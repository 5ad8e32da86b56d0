"""The memory's size and what it keeps."""

from hypothesis import given
from hypothesis import strategies as st

from orchestra_plugins.miniagi.worker.memory import Memory
from orchestra_plugins.miniagi.worker.text import clipped, tokens

EVENTS = st.lists(st.tuples(st.text(max_size=30), st.integers(0, 30_000), st.integers(0, 30_000)), max_size=5)


@given(st.integers(500, 3000), st.integers(100, 3000), EVENTS, st.integers(0, 30_000))
def test_context_never_outgrows_its_size(limit: int, item: int, events: list[tuple[str, int, int]], verbose: int):
    memory = Memory(lambda _: "s" * verbose, limit, item, 500)
    for command, argument, observation in events:
        memory.remember(command, "a" * argument, "o" * observation)
        memory.criticism = "c" * verbose
        assert tokens(memory.context()) <= limit


@given(st.text(max_size=200), st.integers(0, 60))
def test_clipped_text_fits(text: str, limit: int):
    assert tokens(clipped(text, limit)) <= limit
    assert limit < tokens(text) or clipped(text, limit) == text


def test_newest_action_is_always_in_sight():
    memory = Memory(lambda _: "s" * 9000, 500, 2000, 500)
    memory.remember("execute_shell", "ls", "x" * 7000 + "THE END")
    assert "ACTION:\nexecute_shell\nls" in memory.context()
    assert "THE END" in memory.context()


def test_last_32_actions_are_kept():
    memory = Memory(lambda _: "short", 100_000, 2000, 500)
    for number in range(40):
        memory.remember("ingest_data", f"file-{number}.", "text")
    assert "file-7." not in memory.context()
    assert "file-8." in memory.context()


def test_long_result_is_condensed_in_parts():
    prompts: list[str] = []
    memory = Memory(lambda prompt: prompts.append(prompt) or "gist", 4000, 100, 500)
    memory.remember("ingest_data", "long.txt", "y" * 5000)
    assert [prompt.split()[0] for prompt in prompts] == ["Shorten"] * 3 + ["Condense"]
    assert "RESULT:\ngist\ngist\ngist\n" in memory.context()


def test_criticism_lasts_one_step():
    memory = Memory(lambda _: "short", 4000, 100, 500)
    memory.criticism = "Too slow."
    assert "Too slow." in memory.context()
    memory.remember("memorize_thoughts", "Faster.", "Faster.")
    assert "Too slow." not in memory.context()
