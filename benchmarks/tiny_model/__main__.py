"""`python -m benchmarks.tiny_model train|measure`."""

import argparse
from pathlib import Path

from .checkpoint import FOLDER
from .glyphs import SYSTEM_FONTS, font_files


def main() -> None:
    """Read the command line and train or measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiny_model", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train", help="train the checkpoint, going on where an earlier run stopped")
    train.add_argument("--work", type=Path, required=True, help="folder for what is saved on the way")
    train.add_argument("--tower-steps", type=int, default=3000)
    train.add_argument("--word-steps", type=int, default=1500)
    train.add_argument("--joint-steps", type=int, default=600)
    measure = verbs.add_parser("measure", help="measure it on renderings that were not trained")
    measure.add_argument("--asked", type=int, default=40, help="questions a row")
    for verb in (train, measure):
        verb.add_argument("--folder", type=Path, default=FOLDER, help="the checkpoint (default: %(default)s)")
        verb.add_argument("--fonts", type=Path, nargs="*", default=[], help="folders of further fonts")
    options = parser.parse_args()
    seen, held_out = font_files([SYSTEM_FONTS, *options.fonts])
    if options.verb == "measure":
        from .measuring import measure as run

        run(options.folder, held_out, options.asked)
    else:
        from .training import train as learn

        steps = (options.tower_steps, options.word_steps, options.joint_steps)
        learn(seen, steps, work=options.work, folder=options.folder)


if __name__ == "__main__":
    main()
