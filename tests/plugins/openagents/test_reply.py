"""What is read out of a model's replies."""

import pytest

from orchestra_plugins.openagents.worker.data_agent.reply import Reply, code_in, read

ACTION = '```json\n{"action": "PythonCodeBuilder", "action_input": "Count."}\n```'


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("It is 42.", Reply("It is 42.")),
        (f"First I count.\n{ACTION}", Reply("First I count.", "PythonCodeBuilder", "Count.")),
        (f"<think>Which tool?</think>{ACTION}", Reply("", "PythonCodeBuilder", "Count.")),
        (f"{ACTION}\nTOOL RESPONSE\n42\nSo it is 42.", Reply("", "PythonCodeBuilder", "Count.")),
        (f"{ACTION}\n[RESPONSE_BEGIN]42", Reply("", "PythonCodeBuilder", "Count.")),
        (ACTION[:-3], Reply("", "PythonCodeBuilder", "Count.")),
        ('{"action": "SQLQueryBuilder", "action_input": "Sum."}', Reply("", "SQLQueryBuilder", "Sum.")),
        ('```json\n{"action": "A", "action_input": {"of": "b"}}\n```', Reply("", "A", '{"of": "b"}')),
        ('```json\n{"action": "A", "action_input": "two\nlines"}\n```', Reply("", "A", "two\nlines")),
        ('```json\n{"action": 5}\n```', Reply('```json\n{"action": 5}\n```')),
        ("```json\n[1]\n```\nThat is it.", Reply("```json\n[1]\n```\nThat is it.")),
        (f"```\nx\n```\n{ACTION}", Reply("```\nx\n```", "PythonCodeBuilder", "Count.")),
        ("", Reply("")),
        ("[" * 100_000, Reply("[" * 100_000)),
    ],
)
def test_replies(reply: str, expected: Reply):
    assert read(reply) == expected


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("```python\nprint(1)\n```", "print(1)"),
        ("Here it is:\n```sql\nSELECT 1\n```\nIt counts.", "SELECT 1"),
        ("print(1)", "print(1)"),
        ("`SELECT 1`", "SELECT 1"),
        ("```\nif x:\n    y()", "if x:\n    y()"),
        ("<think>```no```</think>\n```\nyes\n```", "yes"),
        ("", ""),
    ],
)
def test_code(reply: str, code: str):
    assert code_in(reply) == code
