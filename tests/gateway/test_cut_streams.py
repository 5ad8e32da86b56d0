"""Streams that do not come to their end: stopped at once, metered all the same."""

from __future__ import annotations

import json
import logging
import socket
import struct
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from orchestra.domain.model_calls import CallStatus

if TYPE_CHECKING:
    from conftest import Gateway


def read_words(lines: Iterator[str], count: int) -> None:
    while count:
        count -= '"content":"word "' in next(lines)


def test_a_client_that_leaves_is_metered(gateway: Gateway) -> None:
    with gateway.stream(model="slow") as response:
        read_words(response.iter_lines(), 3)
    record = gateway.wait_for_record()
    assert (record.number, record.asked_model, record.status) == (7, "slow", CallStatus.CUT)
    assert record.tokens.input == 4 and record.tokens.estimated
    assert 4 <= (record.tokens.output or 0) <= 7
    time.sleep(0.5)
    assert len(gateway.records) == 1


def test_a_client_that_resets_the_connection_is_metered(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.server.port)) as client:
        client.sendall(raw_request(gateway))
        client.recv(100)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert gateway.wait_for_record().status is CallStatus.CUT


def test_a_client_that_does_not_wait_for_the_answer_is_metered(gateway: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", gateway.server.port)) as client:
        client.sendall(raw_request(gateway))
    gateway.eventually(lambda: len(gateway.records) == 1)
    assert gateway.records[0].status is CallStatus.CUT


def test_a_client_that_stopped_reading_is_metered_when_it_leaves(gateway: Gateway) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", gateway.server.port))
        client.sendall(raw_request(gateway, model="flood", text="a " * 45_000))
        time.sleep(2.5)  # by now the server waits for the client
        assert gateway.records == []
    record = gateway.wait_for_record()
    assert record.status is CallStatus.CUT and record.tokens.input
    assert 0 < (record.tokens.output or 0) < record.tokens.input


def test_a_slow_meter_outlives_the_client(gateway: Gateway) -> None:
    gateway.meter_seconds = 0.5
    with gateway.stream(model="slow") as response:
        read_words(response.iter_lines(), 1)
    assert gateway.wait_for_record().status is CallStatus.CUT


def test_a_client_that_leaves_while_the_end_is_metered_counts_once(gateway: Gateway) -> None:
    gateway.meter_seconds = 0.5
    with gateway.stream() as response:
        any('"$5."' in line for line in response.iter_lines())
    assert gateway.wait_for_record().status is CallStatus.COMPLETED
    time.sleep(0.7)
    assert len(gateway.records) == 1


@pytest.mark.parametrize("model", ["slow", "stuck"])
def test_a_revoked_key_stops_its_stream_at_once(gateway: Gateway, model: str) -> None:
    with gateway.stream(model=model) as response:
        lines = response.iter_lines()
        read_words(lines, 1)
        gateway.keys.revoke(7)
        revoked = time.monotonic()
        rest = [line for line in lines if line]
    assert time.monotonic() - revoked < 0.5
    [last] = rest
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "run_ended"
    assert [(record.number, record.status) for record in gateway.records] == [(7, CallStatus.CUT)]


def test_a_server_that_stops_meters_its_streams(own_gateway: Gateway) -> None:
    with own_gateway.stream(model="slow") as response:
        read_words(response.iter_lines(), 1)
        own_gateway.server.uvicorn.should_exit = True
        assert own_gateway.wait_for_record().status is CallStatus.CUT


def test_another_runs_end_does_not_touch_a_stream(gateway: Gateway) -> None:
    gateway.issue(8)
    with gateway.stream() as response:
        gateway.keys.revoke(8)
        assert list(response.iter_lines())[-2] == "data: [DONE]"


def test_a_second_attempt_stops_the_first_ones_stream(gateway: Gateway) -> None:
    with gateway.stream(model="stuck") as response:
        lines = response.iter_lines()
        read_words(lines, 1)
        gateway.keys.issue(7, attempt=2)
        assert "run_ended" in "".join(lines)


def test_a_stream_whose_usage_is_not_written_says_so(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    gateway.meter_error = OSError("the disk is full")
    with caplog.at_level(logging.ERROR), gateway.stream() as response:
        last = [line for line in response.iter_lines() if line][-1]
    assert json.loads(last.removeprefix("data: "))["error"]["type"] == "server_error"
    assert len(gateway.records) == 1
    assert "the disk is full" in caplog.text


def test_many_streams_at_once_are_each_metered(gateway: Gateway) -> None:
    clients = [socket.create_connection(("127.0.0.1", gateway.server.port)) for _ in range(30)]
    for index, client in enumerate(clients):
        client.sendall(raw_request(gateway))
        if index % 2:
            client.recv(100)
        client.close()
    gateway.eventually(lambda: len(gateway.records) == 30)
    time.sleep(0.3)
    assert len(gateway.records) == 30


def raw_request(gateway: Gateway, text: str = "hello", model: str = "slow") -> bytes:
    body = json.dumps(gateway.ask(text, model=model, stream=True)).encode()
    head = (
        f"POST /llm/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {gateway.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
