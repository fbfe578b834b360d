"""`python -m demo`: read the options, check them, open the page. Gradio is imported only then."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from demo.engines import DEFAULT_ENGINE, engine_names
from demo.settings import Limits, Settings, SettingsError
from demo.words import say
from toolkit.texts import Language, preferred_language

LIMIT_OPTIONS = ("max_file_mb", "max_files", "max_pages", "max_megapixels", "max_requests", "idle_minutes")


def main(argv: Sequence[str] | None = None) -> int:
    """Open the page and serve until Ctrl-C. Exit codes: 0 ended, 2 a setting that cannot be."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    lang = _language(arguments)
    options = _parser(lang).parse_args(arguments)
    try:
        settings = _settings(options)
        settings.check()
        print(say("start.starting").in_language(lang), file=sys.stderr, flush=True)
        from demo.app import launch

        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
        launch(settings, ready=lambda address: _ready(settings, lang, address))
    except SettingsError as error:
        print(error.text.in_language(lang), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


def _say(key: str, lang: Language, **values: object) -> None:
    print(say(f"start.{key}", **values).in_language(lang), flush=True)


def _ready(settings: Settings, lang: Language, address: str) -> None:
    _say("ready", lang, address=address)
    if settings.mcp:
        _say("ready_mcp", lang, address=f"{address.rstrip('/')}/mcp")


def _language(arguments: Sequence[str]) -> Language:
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--lang", choices=("en", "zh"))
    return early.parse_known_args(arguments)[0].lang or preferred_language()


def _parser(lang: Language) -> argparse.ArgumentParser:
    def words(key: str, **values: object) -> str:
        return say(f"start.{key}", **values).in_language(lang)

    plain = Settings()
    parser = argparse.ArgumentParser(prog="python -m demo", description=words("description"))
    parser.add_argument("--host", default=plain.host, help=words("host", default=plain.host))
    parser.add_argument("--port", type=int, default=plain.port, help=words("port", default=plain.port))
    engines = words("engine", default=DEFAULT_ENGINE)
    parser.add_argument("--engine", choices=engine_names(), default=DEFAULT_ENGINE, help=engines)
    parser.add_argument("--model", metavar="ID", help=words("model"))
    parser.add_argument("--base-url", metavar="URL", help=words("base_url"))
    parser.add_argument("--key-file", type=Path, metavar="F", help=words("key_file"))
    parser.add_argument("--device", metavar="NAME", help=words("device"))
    parser.add_argument("--exact", action="store_true", help=words("exact"))
    parser.add_argument("--cache-mb", type=float, metavar="N", help=words("cache_mb"))
    parser.add_argument("--cache-in", choices=("device", "ram"), help=words("cache_in"))
    parser.add_argument("--preload", action="store_true", help=words("preload"))
    parser.add_argument("--allow-custom-server", action="store_true", help=words("allow_custom_server"))
    parser.add_argument("--templates", type=Path, metavar="DIR", help=words("templates"))
    parser.add_argument("--open", dest="open_folder", type=Path, metavar="DIR", help=words("open_folder"))
    parser.add_argument("--share", action="store_true", help=words("share"))
    parser.add_argument("--auth-file", type=Path, metavar="F", help=words("auth_file"))
    parser.add_argument("--allow-open", action="store_true", help=words("allow_open"))
    told = words("allowed_host")
    parser.add_argument(
        "--allowed-host", dest="allowed_hosts", action="append", default=[], metavar="NAME", help=told
    )
    parser.add_argument("--mcp", action="store_true", help=words("mcp"))
    parser.add_argument("--lang", choices=("en", "zh"), help=words("lang"))
    for name in LIMIT_OPTIONS:
        default = getattr(plain.limits, name)
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(
            option, type=type(default), default=default, metavar="N", help=words(name, default=default)
        )
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    limits = Limits(**{name: getattr(options, name) for name in LIMIT_OPTIONS})
    own = [spec.name for spec in fields(Settings) if spec.name not in ("limits", "allowed_hosts")]
    given = {name: getattr(options, name) for name in own}
    return Settings(**given, allowed_hosts=tuple(options.allowed_hosts), limits=limits)


if __name__ == "__main__":
    sys.exit(main())
