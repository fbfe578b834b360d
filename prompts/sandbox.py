"""Render a template body that may be hostile: a small part of Jinja2, metered while it runs.

Allowed: output, if, for, set of a single value, comparisons, arithmetic without powers, and the filters
of FILTERS. Refused by name and line: includes, imports, macros, blocks, calls other than `range`, and
attributes that start with an underscore (Jinja2's own sandbox). What runs is bounded by STEPS, SECONDS
and MAX_OUTPUT, because every loop pass, filter, operator and comparison is counted, and every value made
is weighed as it would be written out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prompts.metering import (
    MAX_OUTPUT,
    METER,
    Meter,
    SandboxError,
    concat,
    metered,
    passes,
    plain,
    range_of,
    tick,
    to_json,
    weigh,
)

__all__ = ["FILTERS", "MAX_OUTPUT", "MAX_SOURCE", "SandboxError", "compile_body", "render"]

MAX_SOURCE = 64 * 1024

FILTERS = (
    "capitalize", "default", "dictsort", "first", "int", "items", "join", "last", "length", "list", "lower",
    "map", "rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort", "string", "tojson",
    "trim", "truncate", "unique", "upper",
)  # fmt: skip

_NODES: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Tuple, nodes.List,
    nodes.Dict, nodes.Pair, nodes.Keyword, nodes.If, nodes.For, nodes.Assign, nodes.CondExpr, nodes.Filter,
    nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos,
    nodes.Getattr,
    nodes.Getitem, nodes.Slice, nodes.Concat, nodes.Call, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div,
    nodes.FloorDiv, nodes.Mod,
)  # fmt: skip

Plain = str | int | float | bool | None


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2's immutable sandbox with operators and filters metered, and most of the language left out."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=None)
        builtin = dict(self.filters)
        self.filters = {name: metered(name, builtin[name]) for name in FILTERS}
        self.filters |= {"_pass": passes, "_concat": concat, "_weigh": weigh, "tojson": to_json}
        self.globals = {"range": range_of}
        self.finalize = plain

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        tick()
        numbers = all(isinstance(side, (int, float)) for side in (left, right))
        texts = operator == "+" and type(left) is type(right) and isinstance(left, (str, list))
        if not numbers and not texts:
            raise SandboxError("operator", operator=operator)
        if texts and len(left) + len(right) > MAX_OUTPUT:
            raise SandboxError("too_large", limit=MAX_OUTPUT)
        return weigh(super().call_binop(context, operator, left, right))

    def is_safe_callable(self, obj: Any) -> bool:
        return obj is range_of


_ENVIRONMENT = _Environment()


def compile_body(source: str) -> tuple[Template, frozenset[str]]:
    """Compile a body once; give it with the names that it reads. Raises SandboxError with the line."""
    if len(source) > MAX_SOURCE:
        raise SandboxError("source_too_long", limit=MAX_SOURCE)
    with _limits():
        tree = _ENVIRONMENT.parse(source)
        _check_nodes(tree)
        names = _free_names(tree)
        _meter_nodes(tree)
        tree.set_environment(_ENVIRONMENT)
        return _ENVIRONMENT.from_string(tree), names


def render(template: Template, values: Mapping[str, Any]) -> str:
    """Render a compiled body with plain values. Raises SandboxError for a broken limit or an unknown name."""
    with _limits():
        pieces: list[str] = []
        total = 0
        for piece in template.generate(dict(values)):
            total += len(piece)
            if total > MAX_OUTPUT:
                raise SandboxError("output_too_long", limit=MAX_OUTPUT)
            pieces.append(piece)
        return "".join(pieces)


@contextmanager
def _limits() -> Iterator[None]:
    token = METER.set(Meter())
    try:
        yield
    except SandboxError as error:
        error.line = error.line or _line(error)
        raise
    except TemplateSyntaxError as error:
        raise SandboxError("syntax", error.lineno, reason=error.message) from error
    except SecurityError as error:
        raise SandboxError("forbidden", _line(error), what=str(error)) from error
    except JinjaError as error:
        raise SandboxError("failed", _line(error), reason=error.message) from error
    except (RecursionError, MemoryError, SyntaxError) as error:
        raise SandboxError("too_deep") from error
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise SandboxError("failed", _line(error), reason=str(error)[:200]) from error
    finally:
        METER.reset(token)


def _line(error: BaseException) -> int | None:
    """Find the line of the template; Jinja2 writes its lines into the traceback, under "<template>"."""
    frames = walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else None


def _check_nodes(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        what = _refused(node)
        if what is not None:
            raise SandboxError("forbidden", node.lineno, what=what)


def _refused(node: nodes.Node) -> str | None:
    if not isinstance(node, _NODES):
        return f"{{% {type(node).__name__.lower()} %}}"
    if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
        return "a call other than range()"
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return f"the filter {node.name}"
    if isinstance(node, nodes.For) and node.recursive:
        return "a recursive loop"
    return None


def _free_names(tree: nodes.Template) -> frozenset[str]:
    from jinja2.meta import find_undeclared_variables

    return frozenset(find_undeclared_variables(tree)) - {"range"}


def _meter_nodes(node: nodes.Node) -> None:
    for name, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, name, [_meter_node(v) for v in value])
        elif isinstance(value, nodes.Node):
            setattr(node, name, _meter_node(value))
    if isinstance(node, nodes.For):
        node.iter = _filter(node.iter, "_pass")


def _meter_node(value: Any) -> Any:
    if not isinstance(value, nodes.Node):
        return value
    _meter_nodes(value)
    if isinstance(value, nodes.Concat):
        return _filter(nodes.List(value.nodes, lineno=value.lineno), "_concat")
    return _filter(value, "_weigh") if _makes_or_walks(value) else value


def _makes_or_walks(node: nodes.Node) -> bool:
    """Tell whether a node makes a new value, or walks over one to its end."""
    if isinstance(node, nodes.Tuple):
        return node.ctx == "load"  # else it is the left side of an assignment
    slices = isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice)
    return slices or isinstance(node, (nodes.List, nodes.Dict, nodes.Compare, nodes.Test))


def _filter(inner: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(cast(nodes.Expr, inner), name, [], [], None, None, lineno=inner.lineno)
