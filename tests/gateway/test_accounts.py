"""What executions may spend on models, and that every figure of it is the same."""

import dataclasses
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bookkeeping import FREE, PRICED, UNPRICED, Bookkeeping, bookkeeping, record_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestra.domain.budgets import BudgetPeriod, BudgetScope, Spent
from orchestra.domain.executions import Execution, ExecutionStatus, FailureClass, Outcome
from orchestra.domain.metrics import Timeframe, period_of
from orchestra.domain.model_calls import CallStatus, Target, Tokens, WireFormat
from orchestra.domain.prices import total
from orchestra.domain.webhooks import Webhook
from orchestra.gateway.errors import CallError
from orchestra.gateway.guard import GuardRules
from orchestra_storage.metrics import Metrics, Scope

DONE = Outcome(ExecutionStatus.COMPLETED, "Done.")


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Bookkeeping]:
    with bookkeeping(tmp_path) as books:
        books.agent("a1")
        books.agent("a2")
        yield books


def spent_of(books: Bookkeeping, budget_id: str) -> Spent:
    return next(state.spent for state in books.budgets.states() if state.budget.id == budget_id)


CALLS = st.lists(
    st.tuples(
        st.sampled_from([("a1", 0), ("a1", 1), ("a2", 0), ("a2", 1)]),
        st.sampled_from([PRICED, PRICED, PRICED, FREE]),
        st.integers(0, 10**7),
        st.integers(0, 10**6),
        st.sampled_from([CallStatus.COMPLETED, CallStatus.CUT, CallStatus.FAILED]),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS, restarts=st.booleans())
def test_the_cost_is_the_same_in_call_table_execution_dashboard_and_budget(
    tmp_path_factory: pytest.TempPathFactory,
    calls: list[tuple[tuple[str, int], Target, int, int, CallStatus]],
    restarts: bool,
) -> None:
    with bookkeeping(tmp_path_factory.mktemp("books")) as books:
        agents = [books.agent("a1"), books.agent("a2")]
        executions = {(agent, turn): books.execution(agent) for agent in agents for turn in (0, 1)}
        everybody = books.budget(cost=10**9, period=BudgetPeriod.TOTAL)
        own = {agent: books.budget(BudgetScope.AGENT, agent, cost=10**9) for agent in agents}
        for execution in executions.values():
            books.open(execution)
        for which, target, into, out, status in calls:
            number = executions[which].number
            books.reserve(number, target).settle(record_of(number, target, Tokens(into, out), status))
        if restarts:
            books.restart()
        books.store.settle()
        for execution in executions.values():
            now, in_table = books.now(execution), books.calls.cost(execution.number)
            assert now.cost == in_table
            assert now.known_cost == (in_table or 0.0)
            books.finish(execution, DONE)
        for agent in agents:
            mine = [books.now(one) for (name, _), one in executions.items() if name == agent]
            spent = Spent(
                total(one.known_cost for one in mine),
                sum(one.tokens_used for one in mine),
                sum(one.model_calls for one in mine),
            )
            assert spent_of(books, own[agent].id) == spent
        everywhere = total(books.now(one).known_cost for one in executions.values())
        period = period_of(Timeframe.DAY, datetime.now(UTC) + timedelta(seconds=1))
        performance = Metrics(books.history).statistics(period, Scope(None, ())).performance
        assert (performance.cost or 0.0) == spent_of(books, everybody.id).cost == everywhere


def test_a_hundred_random_executions_add_up_to_one_figure_everywhere(books: Bookkeeping) -> None:
    chance = random.Random(6)
    budgets = {
        period: books.budget(cost=10**9, period=period)
        for period in (BudgetPeriod.DAY, BudgetPeriod.MONTH, BudgetPeriod.TOTAL)
    }
    scoped = {
        "a1": books.budget(BudgetScope.AGENT, "a1", cost=10**9),
        "a2": books.budget(BudgetScope.AGENT, "a2", cost=10**9),
        "s1": books.budget(BudgetScope.SCHEDULE, "s1", cost=10**9),
        "k1": books.budget(BudgetScope.KEY, "k1", cost=10**9),
    }
    spent: dict[str, list[float]] = {subject: [] for subject in scoped}
    executions: list[Execution] = []
    for turn in range(100):
        agent, schedule, key = chance.choice(("a1", "a2")), chance.choice((None, "s1")), chance.choice((None, "k1"))
        execution = books.execution(agent, schedule_id=schedule, key_id=key)
        executions.append(execution)
        books.open(execution)
        for _ in range(chance.randint(0, 4)):
            target, bound = chance.choice((PRICED, PRICED, FREE)), chance.choice(({}, {"max_tokens": 10**7}))
            tokens = Tokens(chance.randrange(10**7), chance.randrange(10**6), chance.choice((None, 7)))
            reservation = books.reserve(execution.number, target, **bound)
            status = chance.choice((CallStatus.COMPLETED, CallStatus.CUT, CallStatus.FAILED))
            reservation.settle(record_of(execution.number, target, tokens, status))
        if turn == 50:
            books.restart()
    books.store.settle()
    for execution in executions:
        now = books.now(execution)
        assert now.cost == books.calls.cost(execution.number)
        assert now.known_cost == total(
            one.charge.cost or 0.0 for one in books.calls.all(execution.number) if one.charge.cost is not None
        )
        for subject in filter(None, (now.agent_id, now.schedule_id, now.key_id)):
            spent[subject].append(now.known_cost)
        books.finish(execution, DONE)
    everything = total(books.now(one).known_cost for one in executions)
    assert everything > 100
    for subject, budget in scoped.items():
        assert spent_of(books, budget.id).cost == total(spent[subject])
    assert {spent_of(books, budget.id).cost for budget in budgets.values()} == {everything}
    period = period_of(Timeframe.DAY, datetime.now(UTC) + timedelta(seconds=1))
    assert Metrics(books.history).statistics(period, Scope(None, ())).performance.cost == everything
    books.budgets.reload()  # what is in memory is what the database adds up to
    assert {spent_of(books, budget.id).cost for budget in budgets.values()} == {everything}


def test_a_call_without_a_price_makes_the_cost_unknown_and_the_rest_is_kept(books: Bookkeeping) -> None:
    execution = books.execution("a1")
    books.open(execution)
    books.call(execution.number, PRICED, Tokens(1_000_000, 0))
    books.call(execution.number, UNPRICED)
    books.call(execution.number, PRICED, Tokens(0, 500_000))
    books.store.settle()
    assert (books.now(execution).cost, books.now(execution).known_cost) == (None, 1.5)
    assert books.calls.cost(execution.number) is None


def test_a_call_is_kept_as_it_was_and_once(books: Bookkeeping) -> None:
    execution = books.execution("a1")
    books.open(execution)
    record = record_of(execution.number, PRICED, Tokens(7, 3, 2, 1, 1, True), tool_calls=["f"])
    books.reserve(execution.number, PRICED).settle(record)
    with books.storage.read() as unit:
        waiting = unit.unstored_calls.first(10, 10**6)
    books.calls.store(waiting).result()  # as if a server had been killed before it noted that
    books.store.settle()
    page, count = books.calls.page(execution.number, page=1, limit=10)
    assert (len(page), count) == (1, 1)
    assert page[0].record.request == b""
    kept = books.calls.get(execution.number, record.id)
    assert kept is not None
    assert kept == waiting[0]
    assert (kept.record.request, kept.record.reply) == (record.request, record.reply)
    assert (kept.agent_id, kept.charge.cost, kept.charge.source) == ("a1", 0.00001, "set by you")


def test_old_bodies_are_forgotten_and_their_calls_are_not(books: Bookkeeping) -> None:
    execution = books.execution("a1")
    books.open(execution)
    books.call(execution.number)
    books.store.settle()
    books.calls.forget_bodies(datetime.now(UTC) - timedelta(days=1)).result()
    assert books.calls.page(execution.number, page=1, limit=1)[0][0].has_bodies
    books.calls.forget_bodies(datetime.now(UTC) + timedelta(days=1)).result()
    kept = next(iter(books.calls.all(execution.number)))
    assert (kept.has_bodies, kept.record.request, kept.record.tokens) == (False, b"", Tokens(10, 10))


def test_so_many_calls_are_made_and_no_more(books: Bookkeeping) -> None:
    execution = books.execution("a1", limits={"maxModelCalls": 2})
    run = books.open(execution)
    books.call(execution.number)
    books.call(execution.number)
    assert run.stopped == []
    with pytest.raises(CallError, match="budget of 2 model calls is used up") as refused:
        books.reserve(execution.number)
    assert (refused.value.status, refused.value.code) == (402, "budget_used_up")
    assert run.stopped[0].failure is FailureClass.BUDGET
    assert run.stopped[0].reason == refused.value.message


def test_what_was_spent_before_a_restart_counts(books: Bookkeeping) -> None:
    execution = books.execution("a1", limits={"maxCost": 1.5})
    books.open(execution)
    books.call(execution.number, PRICED, Tokens(1_000_000, 500_000))
    books.restart()
    books.open(books.now(execution))
    with pytest.raises(CallError, match=r"budget of 1\.5 for models is used up"):
        books.reserve(execution.number, PRICED)


def test_a_bounded_call_that_may_overshoot_is_not_made(books: Bookkeeping) -> None:
    execution = books.execution("a1", limits={"maxTokens": 1000})
    books.open(execution)
    with pytest.raises(CallError, match=r"may use 1,0\d\d tokens, and 1,000 tokens are left"):
        books.reserve(execution.number, max_tokens=1000)
    books.reserve(execution.number, max_tokens=900)


def test_two_parallel_calls_do_not_cross_a_budgets_edge(books: Bookkeeping) -> None:
    execution = books.execution("a1", limits={"maxCost": 0.001})
    books.open(execution)
    first = books.reserve(execution.number, PRICED, max_tokens=600)
    assert books.is_held_back(execution.number, PRICED, max_tokens=600)
    first.settle(record_of(execution.number, PRICED, Tokens(10, 100)))
    assert not books.is_held_back(execution.number, PRICED, max_tokens=600)
    books.call(execution.number, PRICED, Tokens(10, 600), max_tokens=600)
    with pytest.raises(CallError, match=r"may use \$0\.000\d+, and \$0\.00028 are left"):
        books.reserve(execution.number, PRICED, max_tokens=600)
    assert books.now(execution).cost == 0.00072


def test_a_call_that_names_no_bound_gets_one_that_the_budget_has_room_for(books: Bookkeeping) -> None:
    execution = books.execution("a1", limits={"maxTokens": 10_000})
    run = books.open(execution)
    first = books.reserve(execution.number)
    assert first.most_output_tokens == 8_192  # half of what may be said where nothing holds a call
    assert books.is_held_back(execution.number)
    assert books.accounts.reserve(execution.number, [FREE], WireFormat.CHAT, {}, b"x" * 4_000, may_wait=True) is None
    record = record_of(execution.number, FREE, Tokens(20, 8_192))
    first.settle(dataclasses.replace(record, finish_reason="length"))
    assert [message for message in run.warned if "cut at 8,192 tokens" in message]
    assert books.reserve(execution.number).most_output_tokens == 1_024
    with pytest.raises(CallError, match="may use 7"):
        books.reserve(execution.number, n=3)


def test_a_call_is_asked_as_it_came_where_no_budget_depends_on_its_length(books: Bookkeeping) -> None:
    execution = books.execution("a1", limits={"maxModelCalls": 10, "maxCost": 1})
    books.open(execution)
    assert books.reserve(execution.number, FREE).most_output_tokens is None
    assert books.reserve(execution.number, PRICED).most_output_tokens == 16_384
    assert books.reserve(execution.number, PRICED, max_tokens=5).most_output_tokens is None


def test_calls_that_name_no_bound_go_on_beside_others_that_leave_room_for_long_replies(books: Bookkeeping) -> None:
    execution = books.execution("a1", limits={"maxTokens": 30_000})
    books.open(execution)
    assert books.reserve(execution.number).most_output_tokens == 16_384
    assert not books.is_held_back(execution.number)
    assert books.reserve(execution.number).most_output_tokens == 8_192
    assert not books.is_held_back(execution.number)
    assert books.reserve(execution.number).most_output_tokens == 4_096
    assert books.is_held_back(execution.number)


def test_many_threads_never_spend_more_than_there_is(books: Bookkeeping) -> None:
    budget = books.budget(tokens=5_000)
    executions = [books.execution("a1") for _ in range(4)]
    for execution in executions:
        books.open(execution)

    def spend(number: int) -> None:
        for _ in range(20):
            try:
                reservation = books.reserve(number, max_tokens=90)
            except CallError:
                return
            reservation.settle(record_of(number, FREE, Tokens(10, 90)))

    threads = [threading.Thread(target=spend, args=(one.number,)) for one in executions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = spent_of(books, budget.id)
    assert spent.tokens <= 5_000
    assert spent.tokens == sum(books.now(one).tokens_used for one in executions)


def test_a_budget_holds_back_those_whom_it_is_for(books: Bookkeeping) -> None:
    books.budget(BudgetScope.AGENT, "a1", calls=1)
    books.budget(BudgetScope.SCHEDULE, "s1", calls=1)
    books.budget(BudgetScope.KEY, "k1", calls=1)
    runs = {
        "a1": books.execution("a1"),
        "again": books.execution("a1"),
        "s1": books.execution("a2", schedule_id="s1"),
        "k1": books.execution("a2", key_id="k1"),
        "free": books.execution("a2"),
    }
    reined = {name: books.open(execution) for name, execution in runs.items()}
    for name in ("a1", "s1", "k1", "free"):
        books.call(runs[name].number)
    books.call(runs["free"].number)
    for name, words in (("again", "of the agent 'a1'"), ("s1", "of the schedule 's1'"), ("k1", "of the API key 'k1'")):
        with pytest.raises(CallError, match=words):
            books.reserve(runs[name].number)
        assert words in reined[name].stopped[0].reason


def test_a_new_budget_counts_what_was_spent_before_it(books: Bookkeeping) -> None:
    execution = books.execution("a1")
    books.open(execution)
    books.call(execution.number)
    assert spent_of(books, books.budget(calls=5).id) == Spent(0.0, 20, 1)


def test_a_warning_comes_once_to_the_log_and_the_webhooks(books: Bookkeeping) -> None:
    now = datetime.now(UTC)
    with books.storage.write() as unit:
        unit.webhooks.add(Webhook("w", "u1", "https://example.org", ["budget.*"], "sealed", now, now))
    books.budget(calls=5)
    execution = books.execution("a1", limits={"maxTokens": 1000, "budgetWarningPercent": 50})
    run = books.open(execution)
    for _ in range(5):
        books.call(execution.number, tokens=Tokens(60, 60))
    assert run.warned == [
        "80 % of the budget for a day is used.",
        "60 % of what this execution may spend on models is used.",
    ]
    for _ in range(2):
        with pytest.raises(CallError):
            books.reserve(execution.number)
    with books.storage.read() as unit:
        told = [one.event for one in unit.deliveries.page("w", status=None, page=1, limit=10).items]
    assert sorted(told) == ["budget.used_up", "budget.warning"]


def test_a_call_that_was_refused_is_kept_and_does_not_count(books: Bookkeeping) -> None:
    execution = books.execution("a1")
    books.open(execution)
    books.accounts.refused(record_of(execution.number, None, Tokens(0, 0), CallStatus.REFUSED))
    books.store.settle()
    assert books.calls.page(execution.number, page=1, limit=1)[0][0].record.status is CallStatus.REFUSED
    assert (books.now(execution).model_calls, books.now(execution).cost) == (0, None)


def test_a_run_in_circles_waits_for_a_person_who_lets_it_go_on(books: Bookkeeping) -> None:
    books.restart(GuardRules(repeats=2))
    execution = books.execution("a1")
    run = books.open(execution)
    run.answer = "Go on"
    books.clear(execution.number, b"same", b"same", b"same", b"same")
    assert [question.choices for question in run.asked] == [("Go on", "Stop")]
    assert "the same request to a model 2 times" in run.asked[0].question
    assert run.stopped == []


@pytest.mark.parametrize(
    ("answer", "failure", "words"),
    [("Stop", FailureClass.BUDGET, "A person stopped it"), (None, FailureClass.UNANSWERED, "Nobody answered")],
)
def test_a_run_in_circles_is_ended_if_nobody_wants_it(
    books: Bookkeeping, answer: str | None, failure: FailureClass, words: str
) -> None:
    books.restart(GuardRules(calls=2, wait_seconds=0.3))
    execution = books.execution("a1")
    run = books.open(execution)
    run.answer = answer
    with pytest.raises(CallError, match=words) as refused:
        books.clear(execution.number, b"1", b"2", b"3")
    assert refused.value.code == "runaway"
    assert run.stopped[0].failure is failure
