"""Put the Space together from the project, and upload it.

python spaces_config/deploy.py --stage DIR        # only put it together, offline
python spaces_config/deploy.py --repo OWNER/NAME  # and upload it
python spaces_config/deploy.py --kind zerogpu …   # with a Qwen-VL model on a lent graphics card
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # started as a script, from anywhere

from toolkit.texts import Catalogue, Language, Text, preferred_language  # noqa: E402

say = Catalogue(Path(__file__).with_name("sentences"))
"""The sentences of this script."""

PACKAGES = ("toolkit", "prompts", "demo")
KINDS = {"cpu": ROOT / "spaces_config", "zerogpu": ROOT / "spaces_config" / "zerogpu"}
"""Where the root of each kind of Space lies."""
SPACE_FILES = ("README.md", "app.py", "requirements.txt", "packages.txt")
LEFT_OUT = ("__pycache__", "*.pyc", "*.vlpart", ".*")


class DeployError(Exception):
    """What stops a deployment; carries its sentence in both languages."""

    def __init__(self, key: str, /, **values: object) -> None:
        """Take the sentence `key` of sentences/deploy.toml and fill in `values`."""
        self.text: Text = say(f"deploy.{key}", **values)
        super().__init__(self.text.en)


def stage(folder: Path, kind: str = "cpu") -> list[Path]:
    """Copy what a Space of `kind` needs into `folder` and give the files there, sorted.

    Raises DeployError if the folder holds something already or may not be written, or a file is missing.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise DeployError("not_empty", folder=folder)
    sources = [
        *((KINDS[kind] / name, name) for name in SPACE_FILES),
        (ROOT / "LICENSE", "LICENSE"),
    ]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, name in sources:
            shutil.copyfile(source, folder / name)
        for package in PACKAGES:
            shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns(*LEFT_OUT))
    except FileNotFoundError as error:
        raise DeployError("file_missing", file=error.filename) from error
    except OSError as error:
        raise DeployError("not_writable", folder=folder, reason=error.strerror or error) from error
    return sorted(path for path in folder.rglob("*") if path.is_file())


def upload(folder: Path, repo: str, *, private: bool) -> str:
    """Make `folder` the whole content of the Space `repo` ("owner/name") and give its address.

    Takes the login from `hf auth login` or HF_TOKEN. Raises DeployError with the hub's own reason.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HFValidationError, LocalTokenNotFoundError

    # Of whichever HTTP client the hub's library was built on.
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # isort: skip

    api = HfApi()
    try:
        made = api.create_repo(
            repo, repo_type="space", space_sdk="gradio", private=private or None, exist_ok=True
        )
        # What an earlier version had and this one no longer has goes too.
        api.upload_folder(repo_id=made.repo_id, repo_type="space", folder_path=folder, delete_patterns="*")
    except (HFValidationError, HTTPError, LocalTokenNotFoundError, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(". ")
        raise DeployError("upload_failed", repo=repo, reason=reason) from error
    return str(made)


def listing(files: Sequence[Path], folder: Path, lang: Language) -> Iterator[str]:
    """Give a line for each file with its size, and the total."""
    sizes = [file.stat().st_size for file in files]
    for file, size in zip(files, sizes, strict=True):
        line = say("deploy.file_line", size=size, file=file.relative_to(folder).as_posix())
        yield line.in_language(lang)
    yield say("deploy.total", count=len(files), size=sum(sizes) / 10**6).in_language(lang)


def main(argv: Sequence[str] | None = None) -> int:
    """Stage the Space and upload it if asked. Exit codes: 0 done, 1 it could not be."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    lang = _language(arguments)
    options = _parser(lang).parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="vl-preflight-space-") as temporary:
            folder = options.stage or Path(temporary)
            files = stage(folder, options.kind)
            if options.repo is None:
                print("\n".join(listing(files, folder, lang)))
            else:
                address = upload(folder, options.repo, private=options.private)
                print(say("deploy.uploaded", address=address).in_language(lang))
    except DeployError as error:
        print(error.text.in_language(lang), file=sys.stderr)
        return 1
    return 0


def _language(arguments: Sequence[str]) -> Language:
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    early.add_argument("--lang", choices=("en", "zh"))
    return early.parse_known_args(arguments)[0].lang or preferred_language()


def _parser(lang: Language) -> argparse.ArgumentParser:
    def words(key: str) -> str:
        return say(f"deploy.{key}").in_language(lang)

    parser = argparse.ArgumentParser(prog="python spaces_config/deploy.py", description=words("description"))
    parser.add_argument("--kind", choices=tuple(KINDS), default="cpu", help=words("kind"))
    parser.add_argument("--stage", type=Path, metavar="DIR", help=words("stage"))
    parser.add_argument("--repo", metavar="ID", help=words("repo"))
    parser.add_argument("--private", action="store_true", help=words("private"))
    parser.add_argument("--lang", choices=("en", "zh"), help=words("lang"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
