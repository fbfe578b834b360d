"""Render a template body that may be hostile: a small part of Jinja2, metered while it runs.

Allowed: output, if, for, set of a single value, comparisons, arithmetic without powers, and the filters
of FILTERS. Refused by name and line: includes, imports, macros, blocks, calls other than `range`, and
attributes that start with an underscore (Jinja2's own sandbox). What runs is bounded by STEPS, SECONDS
and MAX_OUTPUT, because every loop pass, filter and operator is counted.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from traceback import walk_tb
from typing import Any, cast

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.environment import Template
from jinja2.exceptions import SecurityError
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

STEPS = 20_000
"""Loop passes, filters and operators of one rendering. The largest template of the package takes 300."""
SECONDS = 1.0
MAX_OUTPUT = 60_000
"""Characters of one rendering: about 30,000 tokens."""
MAX_SOURCE = 64 * 1024
MAX_RANGE = 1_000

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


class SandboxError(Exception):
    """A template that is refused or broke a limit: the key of its sentence, and `line` from 1 if known."""

    def __init__(self, key: str, line: int | None = None, **values: object) -> None:
        super().__init__(key)
        self.key, self.line, self.values = key, line, values


class _Meter:
    """Counts one rendering."""

    def __init__(self) -> None:
        self.steps = 0
        self.deadline = time.monotonic() + SECONDS

    def tick(self, cost: int = 1) -> None:
        self.steps += cost
        if self.steps > STEPS:
            raise SandboxError("too_many_steps", limit=STEPS)
        if time.monotonic() > self.deadline:
            raise SandboxError("too_slow", limit=SECONDS)


_METER: ContextVar[_Meter | None] = ContextVar("template_meter", default=None)


def _tick(cost: int = 1) -> None:
    meter = _METER.get()
    if meter is not None:
        meter.tick(cost)


def check_length(value: Any) -> Any:
    """Give `value` back if it is short enough to go on with. Raises SandboxError."""
    size = len(value) if isinstance(value, (str, list, tuple, dict)) else 0
    if size > MAX_OUTPUT or (isinstance(value, int) and abs(value) > 10**15):
        raise SandboxError("too_large", limit=MAX_OUTPUT)
    return value


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2's immutable sandbox with operators and filters metered, and most of the language left out."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, loader=None)
        builtin = dict(self.filters)
        self.filters = {name: _metered(name, builtin[name]) for name in FILTERS}
        self.filters |= {"_pass": _passes, "_concat": _concat}
        self.globals = {"range": _range}
        self.finalize = _plain

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        _tick()
        numbers = all(isinstance(side, (int, float)) for side in (left, right))
        texts = operator == "+" and type(left) is type(right) and isinstance(left, (str, list))
        if not numbers and not texts:
            raise SandboxError("operator", operator=operator)
        if texts and len(left) + len(right) > MAX_OUTPUT:
            raise SandboxError("too_large", limit=MAX_OUTPUT)
        return check_length(super().call_binop(context, operator, left, right))

    def is_safe_callable(self, obj: Any) -> bool:
        return obj is _range


def _metered(name: str, filter_: Callable[..., Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **options: Any) -> Any:
        _tick()
        if name == "replace":
            _check_replace(*arguments, **options)
        if name == "join":
            arguments = (arguments[0], _bounded(arguments[1]), *arguments[2:])
        return check_length(filter_(*arguments, **options))

    run.__dict__.update(getattr(filter_, "__dict__", {}))  # keeps Jinja2's mark of what is passed in first
    return run


def _check_replace(_context: Any, text: Any, old: Any, new: Any, *_count: Any) -> None:
    if str(text).count(str(old)) * len(str(new)) + len(str(text)) > MAX_OUTPUT:
        raise SandboxError("too_large", limit=MAX_OUTPUT)


def _bounded(values: Iterable[Any]) -> list[Any]:
    kept, total = [], 0
    for value in values:
        total += len(value) if isinstance(value, str) else 20
        kept.append(value)
        if total > MAX_OUTPUT:
            raise SandboxError("too_large", limit=MAX_OUTPUT)
    return kept


def _passes(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        _tick()
        yield value


def _concat(values: list[Any]) -> str:
    _tick()
    return "".join(_bounded([value if isinstance(value, str) else str(_plain(value)) for value in values]))


def _range(*arguments: int) -> range:
    _tick()
    numbers = range(*arguments)
    if len(numbers) > MAX_RANGE:
        raise SandboxError("range", limit=MAX_RANGE)
    return numbers


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, list, dict, tuple, Undefined)):
        return value
    raise SandboxError("not_plain", kind=type(value).__name__)


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
    token = _METER.set(_Meter())
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
        _METER.reset(token)


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


def _meter_nodes(tree: nodes.Template) -> None:
    for loop in list(tree.find_all(nodes.For)):
        loop.iter = _filter(loop.iter, "_pass")
    _replace_concats(tree)


def _replace_concats(node: nodes.Node) -> None:
    for name, value in list(node.iter_fields()):
        if isinstance(value, list):
            setattr(node, name, [_metered_concat(v) for v in value])
        elif isinstance(value, nodes.Node):
            setattr(node, name, _metered_concat(value))


def _metered_concat(value: Any) -> Any:
    if isinstance(value, nodes.Node):
        _replace_concats(value)
    if isinstance(value, nodes.Concat):
        return _filter(nodes.List(value.nodes, lineno=value.lineno), "_concat")
    return value


def _filter(inner: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(cast(nodes.Expr, inner), name, [], [], None, None, lineno=inner.lineno)
