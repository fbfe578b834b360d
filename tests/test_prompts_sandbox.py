"""Hostile template bodies: each is refused by name or stopped by a limit, quickly."""

import time

import pytest

from prompts.sandbox import MAX_OUTPUT, SandboxError, compile_body, render

DOUBLED = "{% set l = [1] %}" + "{% set l = [l, l] %}" * 40


def rendered(source: str, **values: object) -> str:
    template, _ = compile_body(source)
    return render(template, values)


def refused(source: str, **values: object) -> SandboxError:
    began = time.process_time()
    with pytest.raises(SandboxError) as caught:
        rendered(source, **values)
    assert time.process_time() - began < 3.5, source
    return caught.value


def test_render_plain_template_gives_its_text() -> None:
    source = (
        "{% for n in names %}{{ loop.index }}. {{ n | upper }}\n{% endfor %}{% if x > 1 %}many{% endif %}"
    )
    assert rendered(source, names=["a", "b"], x=2) == "1. A\n2. B\nmany"


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ ''['__class__'] }}",
        "{{ x['__init__'] }}",
        "{{ [].append(1) }}",
        "{{ x.format(y) }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ range.__globals__ }}",
        "{{ lipsum.__globals__.os.popen('id').read() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ joiner() }}",
        "{{ namespace() }}",
        "{{ dict(a=1) }}",
        "{{ x | attr('__class__') }}",
        "{{ ['x'] | map('attr', '__class__') | list }}",
        "{{ ['x'] | map(attribute='__class__') | list | first }}",
        "{{ x | pprint }}",
        "{{ x | center(1000000000) }}",
        "{{ x | indent(1000000000) }}",
        "{{ ['x'] | map('center', 1000000000) | list }}",
        "{% include '/etc/passwd' %}",
        "{% include '../secret' %}",
        "{% import 'os' as os %}",
        "{% from 'x' import y %}",
        "{% extends 'base' %}",
        "{% block a %}{% endblock %}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{% call range(1) %}{% endcall %}",
        "{% filter upper %}x{% endfilter %}",
        "{% set s %}x{% endset %}",
        "{% autoescape true %}x{% endautoescape %}",
        "{% with a = 1 %}{{ a }}{% endwith %}",
        "{% for a in [[1]] recursive %}{{ loop(a) }}{% endfor %}",
        "{% for a in [1] %}{{ loop.__class__ }}{% endfor %}",
        "{% for a in [1] %}{{ loop.cycle('a') }}{% endfor %}",
        "{% for a in [1] %}{{ loop }}{% endfor %}",
        "{{ range }}",
        "{{ x.upper }}",
        "{{ unknown }}",
        "{{ x | nosuchfilter }}",
        "{{ x is nosuchtest }}",
        "{{ 1 / 0 }}",
        "{{ x[10**9] }}",
    ],
)
def test_render_forbidden_thing_is_refused(source: str) -> None:
    refused(source, x="text", y="more")


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(1000) %}" * 3 + "{% endfor %}" * 3,
        "{% for a in range(1000000000) %}x{% endfor %}",
        "{{ range(1000000000) | list }}",
        "{{ range(100000000) | join }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ 9 * 999999999999999 * 999999999999999 }}",
        "{{ 'x' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'x' % 1 }}",
        "{% for a in range(900) %}{{ text }}{% endfor %}",
        "{% set a = text %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
        "{% set a = text %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{% set a = [1] %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
        "{{ text | replace('', text) }}",
        "{{ text | replace('a', text) }}",
        "{{ [text, text] | join(text) | replace('a', text) }}",
        "{% for a in range(1000) %}{{ big | sort | unique | list | length }}{% endfor %}",
        "{{ [[big, big], [big, big]] | string }}{{ [[big, big], [big, big]] | tojson }}",
        # Shared lists: two in memory, 2 ** 40 when they are written, compared, sorted or hashed.
        DOUBLED + "{{ l }}",
        DOUBLED + "{{ l | tojson }}",
        DOUBLED + "{{ l | lower | length }}",
        DOUBLED + DOUBLED.replace("l", "m") + "{{ l == m }}",
        DOUBLED + DOUBLED.replace("l", "m") + "{{ [l, m] | sort | length }}",
        DOUBLED.replace("[", "(").replace("]", ")") + "{{ {l: 1} }}",
        "{{ 1.5 | round(1000000000, 'floor') }}",
        "{{ [1, [2]] | tojson(indent=100000000) }}",
        "{{ big | join(text) }}",
        "{{ big | map('replace', 'w', text) | list | length }}",
        "{% set a = long | list %}{% set b = long | list %}" + "{{ a == b }}" * 4_000,
        "".join(f"{{% set a{n} = long[1:] %}}" for n in range(2_500)),
    ],
)
def test_render_bomb_is_stopped_by_a_limit(source: str) -> None:
    refused(source, text="a" * 1000, big=["word" * 10] * 2000, long="a" * 50_000)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ ['中', '<b>'] | tojson }}", '["中", "<b>"]'),
        ("{{ [1.25] | map('round', 1) | join(', ') }}", "1.2"),
        ("{{ 1.21 | round(1, method='ceil') }}", "1.3"),
        ("{{ [{'a': 'x'}] | join(', ', attribute='a') }}", "x"),
        ("{% set a, b = 'x', 'y' %}{{ b if a is string and a in [a] else '' }}", "y"),
        ("{% for a, b in [(1, 2)] %}{{ [3, 1] | sort | first }}{{ 'abc'[:b] }}{% endfor %}", "1ab"),
    ],
)
def test_render_metered_expression_keeps_its_value(source: str, text: str) -> None:
    assert rendered(source) == text


def test_render_bomb_names_its_line() -> None:
    error = refused("first\n\n{% for a in range(9999) %}x{% endfor %}")
    assert (error.key, error.line) == ("range", 3)


def test_compile_syntax_error_names_its_line() -> None:
    error = refused("one\ntwo {{ x\nthree")
    assert error.key == "syntax"
    assert error.line == 2 or error.line == 3


def test_compile_deep_nesting_is_refused() -> None:
    refused("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}")
    refused("{% if x %}" * 3000 + "{% endif %}" * 3000, x=1)


def test_compile_long_source_is_refused() -> None:
    assert refused("x" * 70_000).key == "source_too_long"


def test_compile_huge_number_is_refused_or_harmless() -> None:
    refused("{{ " + "9" * 10_000 + " }}")


def test_render_output_just_under_the_limit_passes() -> None:
    assert (
        len(rendered("{% for a in range(50) %}{{ text }}{% endfor %}", text="a" * 1000))
        == 50_000
        < MAX_OUTPUT
    )


def test_render_value_that_looks_like_a_template_stays_text() -> None:
    assert rendered("{{ x }}", x="{{ 7 * 7 }}{% include 'a' %}") == "{{ 7 * 7 }}{% include 'a' %}"


def test_compile_name_cannot_shadow_the_meter() -> None:
    refused("{% set _pass = 1 %}{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}")


def test_free_names_are_those_that_the_body_reads() -> None:
    _, names = compile_body(
        "{% set a = 1 %}{{ a }}{{ where }}{% for n in fields %}{{ n }}{{ range(2) }}{% endfor %}"
    )
    assert names == {"where", "fields"}
