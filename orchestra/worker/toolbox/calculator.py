"""Arithmetic for models, which are bad at it: an expression is read, never executed."""

from __future__ import annotations

import ast
import math
import operator
from typing import Any, Callable, Union, cast

MAX_CHARACTERS = 1000
_MAX_BITS = 20_000  # of a result: a model that asks for 9**9**9 must not stop the run
_MAX_DEPTH = 100

Number = Union[int, float]
_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: operator.mod,
    ast.Pow: lambda left, right: left**right,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "ceil": math.ceil, "cos": math.cos, "exp": math.exp, "floor": math.floor, "log": math.log,
    "log10": math.log10, "max": max, "min": min, "round": round, "sin": math.sin, "sqrt": math.sqrt, "tan": math.tan,
}  # fmt: skip
_CONSTANTS = {"pi": math.pi, "e": math.e}


def calculator(expression: str) -> str:
    """Work out an arithmetic expression, such as (17 + 4) * 2 ** 3 or sqrt(2) / 3.

    Args:
        expression: numbers, + - * / // % **, brackets, pi, e, and sqrt, sin, cos, tan, log, log10, exp, abs, min, max,
            round, floor, ceil.
    """
    if len(expression) > MAX_CHARACTERS:
        return f"Error: an expression has at most {MAX_CHARACTERS} characters."
    try:
        return str(_value(ast.parse(expression.strip(), mode="eval").body, 0))
    except SyntaxError:
        return "Error: this is no arithmetic expression."
    except (ValueError, ArithmeticError, TypeError, RecursionError, MemoryError) as error:
        return f"Error: {error}"


def _value(node: ast.AST, depth: int) -> Number:
    if depth > _MAX_DEPTH:
        raise ValueError("the expression is nested too deeply")
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return cast("Number", node.value)
    if isinstance(node, ast.Name) and node.id in _CONSTANTS:
        return _CONSTANTS[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub)):
        value = _value(node.operand, depth + 1)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _value(node.left, depth + 1), _value(node.right, depth + 1)
        return _combined(type(node.op), left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        if node.keywords:
            raise ValueError("names of arguments are not known here")
        return _bounded(_FUNCTIONS[node.func.id](*(_value(one, depth + 1) for one in node.args)))
    raise ValueError("only numbers, arithmetic and the functions named are known here")


def _combined(kind: type, left: Number, right: Number) -> Number:
    if kind is ast.Pow and isinstance(left, int) and isinstance(right, int):
        _refuse_large(left.bit_length() * right)
    return _bounded(_BINARY[kind](left, right))


def _refuse_large(bits: int) -> None:
    if bits > _MAX_BITS:
        raise ValueError("the result is too large")


def _bounded(value: Any) -> Number:
    if type(value) not in (int, float):
        raise ValueError("the result is no real number")
    if isinstance(value, int):
        _refuse_large(value.bit_length())
    return value
