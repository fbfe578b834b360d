"""Every sentence that people read is there in both languages, is used, and gets the values it asks for."""

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("toolkit", "prompts", "demo", "spaces_config")
EMPTY_ON_PURPOSE = {("prompts", "regions.colours.any", "en")}
"""A word that only one of the languages needs."""
SWITCHES = ("page.switch_language", "page.switch_language_hint")
"""What speaks to those who would rather have the other language, in that language."""
CHINESE = re.compile(r"[一-鿿]")


def _leaves(table: dict[str, object], path: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    if len(tables) < len(table):
        yield path, table
    for key, value in tables.items():
        yield from _leaves(value, f"{path}.{key}" if path else key)


@cache
def _sentences(package: str) -> dict[str, dict[str, object]]:
    found = {}
    for file in sorted((ROOT / package).glob("sentences/*.toml")):
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        found |= {f"{file.stem}.{key}": leaf for key, leaf in _leaves(data)}
    return found


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _bare(text: str) -> str:
    """The words of a sentence: without placeholders, backticks, addresses, and what to type as it stands."""
    return re.sub(r"\{[^{}]*\}|`[^`]*`|https?://\S+|(?:[一-鿿],){3}[一-鿿]|\btokens?\b|中文", " ", text)


def _everything() -> list[tuple[str, str, dict[str, object]]]:
    return [(package, key, leaf) for package in PACKAGES for key, leaf in _sentences(package).items()]


def test_each_package_has_sentences() -> None:
    assert all(_sentences(package) for package in PACKAGES)


def test_each_sentence_has_both_languages_and_nothing_else() -> None:
    bad = [
        f"{package}: {key}"
        for package, key, leaf in _everything()
        if leaf.keys() != {"en", "zh"}
        or any(not str(leaf[lang]).strip() for lang in leaf if (package, key, lang) not in EMPTY_ON_PURPOSE)
    ]
    assert bad == []


def test_both_languages_have_the_same_placeholders() -> None:
    bad = [
        f"{package}: {key}"
        for package, key, leaf in _everything()
        if _placeholders(str(leaf["en"])) != _placeholders(str(leaf["zh"]))
    ]
    assert bad == []


def test_chinese_is_chinese_where_english_has_words() -> None:
    """Names and units alone (JSON, dpi) may stay as they are."""
    bad = [
        f"{package}: {key}: {leaf['zh']}"
        for package, key, leaf in _everything()
        if re.search(r"\b[a-z]{4,}\b", _bare(str(leaf["en"]))) and not CHINESE.search(str(leaf["zh"]))
    ]
    assert bad == []


def test_english_holds_no_chinese() -> None:
    english = {
        f"{package}: {key}": _bare(str(leaf["en"]))
        for package, key, leaf in _everything()
        if key not in SWITCHES
    }
    assert [key for key, text in english.items() if CHINESE.search(text)] == []


def test_chinese_has_chinese_punctuation() -> None:
    bad = [
        f"{package}: {key}: {found[0]}"
        for package, key, leaf in _everything()
        if (found := re.search(r"[一-鿿][,;?!](?:\s|$|[一-鿿])|[一-鿿]\.(?:\s|$)", _bare(str(leaf["zh"]))))
    ]
    assert bad == []


Keyed = dict[str, tuple[str, str]]
"""By name, functions and classes that take a key first: whose sentence it is, and what they put before it."""


def _say_package(tree: ast.Module, package: str) -> str:
    """Find whose `say` a module uses: its own package's, or the one it imports it from."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and "say" in [a.asname or a.name for a in node.names]
        ):
            return node.module.split(".")[0]
    return package


def _prefix(key: ast.expr, parameter: str) -> str | None:
    """Give what stands before `parameter` in say(key) or say(f"file.{key}"); None if it isn't the key."""
    parts = key.values if isinstance(key, ast.JoinedStr) else [key]
    last = parts[-1].value if isinstance(parts[-1], ast.FormattedValue) else parts[-1]
    if not isinstance(last, ast.Name) or last.id != parameter or len(parts) > 2:
        return None
    return str(parts[0].value) if len(parts) == 2 and isinstance(parts[0], ast.Constant) else ""


def _keyed_functions(tree: ast.AST, package: str, owner: str = "") -> Keyed:
    found: Keyed = {}
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            parameters = [a.arg for a in node.args.posonlyargs + node.args.args if a.arg != "self"]
            calls = [c for c in ast.walk(node) if isinstance(c, ast.Call) and _called(c) == "say" and c.args]
            prefixes = [_prefix(c.args[0], parameters[0]) for c in calls if parameters]
            name = owner if node.name == "__init__" else node.name
            for prefix in prefixes:
                found |= {name: (package, prefix)} if prefix is not None else {}
        found |= _keyed_functions(node, package, node.name if isinstance(node, ast.ClassDef) else owner)
    return found


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


@cache
def _trees() -> dict[Path, tuple[str, ast.Module]]:
    paths = [(package, path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {path: (package, ast.parse(path.read_text(encoding="utf-8"))) for package, path in paths}


@cache
def _keyed_classes() -> Keyed:
    """The error classes, each with the prefix of the root it comes from."""
    found: Keyed = {}
    bases: dict[str, list[str]] = {}
    for package, tree in _trees().values():
        classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        bases |= {c.name: [b.id for b in c.bases if isinstance(b, ast.Name)] for c in classes}
        keyed = _keyed_functions(tree, _say_package(tree, package))
        found |= {name: value for name, value in keyed.items() if name in {c.name for c in classes}}
    for _ in range(4):  # deeper than any of the trees
        found |= {
            one: found[base]
            for one, above in bases.items()
            for base in above
            if base in found and one not in found
        }
    return found


def _literals(node: ast.expr) -> list[str]:
    """The keys an argument can be: a string, or a choice between strings; none where it is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return _literals(node.body) + _literals(node.orelse)
    return []


Use = tuple[str, str, str, set[str] | None]
"""File, package of the sentence, key, and the names of the values, None where they are not written out."""


@cache
def _uses() -> list[Use]:
    uses: list[Use] = []
    for path, (package, tree) in _trees().items():
        own = _say_package(tree, package)
        keyed = _keyed_classes() | {"say": (own, "")} | _keyed_functions(tree, own)
        file = path.relative_to(ROOT).as_posix()
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
        for call in calls:
            if _called(call) in keyed:
                uses += _uses_of(call, file, *keyed[_called(call)])
    for path in sorted(ROOT.glob("demo/**/*.html")):
        keys = re.findall(r"""\bt\(\s*["']([\w.]+)["']\s*[,)]""", path.read_text(encoding="utf-8"))
        uses += [(path.name, "demo", key, None) for key in keys]
    return uses


def _uses_of(call: ast.Call, file: str, package: str, prefix: str) -> list[Use]:
    """Give one use per key; a function between the call and `say` may add values of its own."""
    direct = _called(call) == "say" or _called(call) in _keyed_classes()
    spread = any(keyword.arg is None for keyword in call.keywords)
    values = {str(keyword.arg) for keyword in call.keywords} if direct and not spread else None
    return [(file, package, prefix + key, values) for key in _literals(call.args[0])]


def test_each_sentence_that_is_asked_for_is_there() -> None:
    assert len(_uses()) > 50
    assert [(file, key) for file, package, key, _ in _uses() if key not in _sentences(package)] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_each_string_that_looks_like_a_key_is_one(package: str) -> None:
    """Also the keys that go through tables and `gr.I18n`, which no call shows."""
    files = {key.split(".")[0] for key in _sentences(package)}
    suffixes = (".py", ".toml", ".html", ".js", ".css", ".md")
    whole = {start for key in _sentences(package) for start in (key, key.split(".", 1)[1])}
    wrong = []
    for path, (home, tree) in _trees().items():
        strings = [
            n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        ]
        keys = [
            s for s in strings if re.fullmatch(r"[a-z_]+(?:\.[a-z0-9_-]+)+", s) and not s.endswith(suffixes)
        ]
        known = [key for key in keys if home == package and key.split(".")[0] in files]
        wrong += [(path.name, key) for key in known if not any(one.startswith(key) for one in whole)]
    assert wrong == []


def test_each_sentence_is_given_the_values_it_asks_for() -> None:
    short = []
    for file, package, key, values in _uses():
        wanted = _placeholders(str(_sentences(package).get(key, {}).get("en", "")))
        if values is not None and not wanted <= values:
            short.append(f"{file}: {key} lacks {sorted(wanted - values)}")
    assert short == []


@cache
def _constants() -> set[str]:
    """Every string constant of the packages, in code and views, and each file's stem."""
    nodes = [node for _, tree in _trees().values() for node in ast.walk(tree)]
    found = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for path in [p for p in (ROOT / "demo").rglob("*.*") if p.suffix in (".html", ".js")]:
        found |= set(re.findall(r"""["']([\w.-]+)["']""", path.read_text(encoding="utf-8")))
    # The names in the packages' own data: templates by their files, limits and routes by their tables.
    templates = {path.stem.split(".")[0] for path in (ROOT / "prompts").glob("templates/**/*.*")}
    for path in (ROOT / "prompts").glob("data/*.*"):
        found |= set(re.findall(r"[\w-]+", path.read_text(encoding="utf-8")))
    return found | {re.split("[.:]", text)[0] for text in found} | templates


@cache
def _patterns() -> list[re.Pattern[str]]:
    """Every f-string of the packages with text of its own, as a pattern; what is filled in is a group."""
    found = set()
    for _, tree in _trees().values():
        for node in [n for n in ast.walk(tree) if isinstance(n, ast.JoinedStr)]:
            parts = [
                re.escape(str(v.value)) if isinstance(v, ast.Constant) else r"([\w.-]+)" for v in node.values
            ]
            found.add("".join(parts))
    joined = [
        text
        for path in (ROOT / "demo").rglob("*.html")
        for text in re.findall(r'"([\w.]+[._])" ~', path.read_text())
    ]
    found |= {re.escape(text) + r"([\w.-]+)" for text in joined}
    return [
        re.compile(pattern) for pattern in found if re.search(r"[a-z]|\.", pattern.replace(r"([\w.-]+)", ""))
    ]


def _is_made(text: str, *, whole: bool = True) -> bool:
    """Whether `text` is a constant, or an f-string makes it from constants; `whole` keys name their file."""
    if text in _constants():
        return True
    patterns = [one for one in _patterns() if not (whole and one.pattern.startswith("("))]
    matches = [match for pattern in patterns if (match := pattern.fullmatch(text))]
    return any(all(_is_made(part, whole=False) for part in match.groups()) for match in matches)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_sentence_is_unused(package: str) -> None:
    """The keys of errors.toml stand where errors are raised, without the name of the file."""
    unused = [
        key for key in _sentences(package) if not (_is_made(key) or _is_made(key.removeprefix("errors.")))
    ]
    assert unused == []
