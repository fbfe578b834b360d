"""Pictures on their way into a grid: their bare pixels, in files that nobody but this run is to see.

Writing a page of 1024 as PNG and reading it again takes a tenth of its preparation; its pixels take a tenth
of that. The files carry the suffix of unfinished ones and the number of the process that runs the
preparation, so that whatever ends it, the next run in the folder removes them.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.errors import DamagedSourceError
from toolkit.files import PART_SUFFIX, output_error
from toolkit.picture import Picture, Pixels
from toolkit.reasons import reason

if TYPE_CHECKING:
    from toolkit.raster import Raster


def cell_path(folder: Path, owner: int, page: int, number: int) -> Path:
    """Name the file of image `number` of a page; `owner` is the process that runs the preparation."""
    return folder / f".cell-{page}-{number}.{owner}{PART_SUFFIX}"


def write_cell(picture: "Raster | Pixels | Picture", path: Path, *, name: Path) -> None:
    """Write a picture's pixels to `path`. Raises OutputError, which speaks of `name`."""
    from numpy.lib import format as npy

    pixels = _pixels(picture)
    try:
        with path.open("wb") as file:
            npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(pixels))
            file.write(pixels.data)
    except OSError as error:
        raise output_error(error, name) from error


def read_cell(path: Path) -> Pixels:
    """Read pixels back, grey or red-green-blue. Raises DamagedSourceError for a file that is not whole."""
    import numpy as np

    try:
        pixels: Pixels = np.load(path, allow_pickle=False)
        return pixels
    except (OSError, ValueError, EOFError) as error:
        raise DamagedSourceError("damaged", file=path.name, reason=reason("unreadable")) from error


def _pixels(picture: "Raster | Pixels | Picture") -> Any:
    """Give the pixels as one block, (height, width) or (height, width, 3); two levels as 0 and 255."""
    import numpy as np

    from toolkit.raster import Raster

    if isinstance(picture, Raster):
        return picture.to_array()
    if not isinstance(picture, np.ndarray) and picture.mode == "1":
        picture = picture.convert("L")
    return np.ascontiguousarray(picture)
