"""Makes methods of descriptions: with a driver that blocks they return, with one that awaits they are awaited."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, overload

from orchestra.client.calls import Call, Series

T = TypeVar("T")
P = ParamSpec("P")
D = TypeVar("D")


class Blocking(Protocol):
    def run(self, call: Call[T]) -> T: ...
    def iterate(self, series: Series[T]) -> Generator[T, None, None]: ...


class Awaiting(Protocol):
    def run(self, call: Call[T]) -> Coroutine[Any, Any, T]: ...
    def iterate(self, series: Series[T]) -> AsyncGenerator[T, None]: ...


class Group(Generic[D]):
    """Operations that belong together."""

    def __init__(self, driver: D) -> None:
        self.driver = driver


class operation(Generic[P, T]):
    """Makes a method that returns the answer of a function that describes a call."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Call[T]]) -> None:
        self.describe = describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, group: None, owner: type) -> "operation[P, T]": ...
    @overload
    def __get__(self, group: Group[Blocking], owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, group: Group[Awaiting], owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, group: Group[Any] | None, owner: type) -> Any:
        return self if group is None else _method(group, self.describe, group.driver.run)


class series(Generic[P, T]):
    """Makes a method that iterates over the answers of a function that describes a series."""

    def __init__(self, describe: Callable[Concatenate[Any, P], Series[T]]) -> None:
        self.describe = describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, group: None, owner: type) -> "series[P, T]": ...
    @overload
    def __get__(self, group: Group[Blocking], owner: type) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(self, group: Group[Awaiting], owner: type) -> Callable[P, AsyncGenerator[T, None]]: ...
    def __get__(self, group: Group[Any] | None, owner: type) -> Any:
        return self if group is None else _method(group, self.describe, group.driver.iterate)


def _method(group: Group[Any], describe: Callable[..., Any], act: Callable[[Any], Any]) -> Callable[..., Any]:
    @wraps(describe)
    def method(*arguments: Any, **named: Any) -> Any:
        return act(describe(group, *arguments, **named))

    return method
