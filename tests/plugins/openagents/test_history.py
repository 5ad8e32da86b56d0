"""What the model sees of the conversation."""

from orchestra_plugins.openagents.worker.data_agent.history import History, clipped


def test_steps_follow_the_task():
    history = History("system", "question", 1000)
    history.add("first", "result")
    assert [(one["role"], one["content"]) for one in history.messages()] == [
        ("system", "system"),
        ("user", "question"),
        ("assistant", "first"),
        ("user", "result"),
    ]


def test_the_oldest_steps_go_and_that_is_said():
    history = History("system", "question", 500)
    for number in range(20):
        history.add(f"said {number}", "x" * 300)
    messages = history.messages()
    assert messages[1]["content"] == "question\n\n(Earlier steps were left out.)"
    assert messages[-2]["content"] == "said 19"
    assert sum(len(one["content"]) for one in messages) < 500 * 4 + 50


def test_what_was_asked_before_comes_first_as_far_as_it_fits():
    earlier = [("old task", "x" * 5000), ("task before", "its answer")]
    history = History("system", "question", 500, earlier)
    history.add("said", "result")
    assert [one["content"] for one in history.messages()] == [
        "system",
        "task before",
        "its answer",
        "question",
        "said",
        "result",
    ]
    assert [one["role"] for one in history.messages()] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]


def test_what_is_too_long_by_itself_is_cut_in_its_middle():
    history = History("system", "q" * 10_000, 500)
    history.add("said", "begin" + "x" * 10_000 + "end")
    question, result = history.messages()[1]["content"], history.messages()[-1]["content"]
    assert len(question) <= 1000
    assert result.startswith("begin") and result.endswith("end") and "[…]" in result


def test_clipping_keeps_to_the_limit():
    assert [clipped("abcdefghijklmnop", limit) for limit in (0, 3, 16)] == ["", "abc", "abcdefghijklmnop"]
    assert clipped("a" * 50 + "z" * 50, 15) == "aaaaa\n[…]\nzzzzz"
