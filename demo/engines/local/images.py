"""The images of a question as the model will see them: checked, sized, and named by what they show."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.engines.errors import ImageUnreadableError, say
from demo.engines.picture import load_picture
from toolkit.geometry import Size
from toolkit.texts import Text

if TYPE_CHECKING:
    from demo.engines.local.loading import Loaded
    from prompts import ImageRef


@dataclass(frozen=True)
class SeenImage:
    """One image, not looked at yet. `key` names its pixels, size, model and numbers; `grid` is in patches.

    `tokens` are its visual tokens; `note` says so if the model's processor changes its size.
    """

    ref: "ImageRef"
    key: str
    grid: tuple[int, int, int]
    size: Size
    tokens: int
    note: Text | None

    @property
    def label(self) -> int:
        """The image's number in the question."""
        return int(self.ref.label)


def see(ref: "ImageRef", loaded: "Loaded") -> SeenImage:
    """Read an image's file and say what it will be for the model.

    Raises ImageUnreadableError where the file is gone, damaged or changed, or too thin for the model.
    """
    pixels, digest = load_picture(ref)
    height, width = pixels.shape[:2]
    size = _model_size((width, height), ref, loaded.pictures)
    patch = int(loaded.pictures.patch_size)
    merge = int(loaded.pictures.merge_size)
    grid = (1, size[1] // patch, size[0] // patch)
    key = f"{digest}:{loaded.name}:{loaded.dtype}:{size[0]}x{size[1]}"
    note = None
    if size != (width, height):
        given = {"width": width, "height": height, "new_width": size[0], "new_height": size[1]}
        note = say("engines_local.resampled", label=ref.label, family=loaded.family.name, **given)
    return SeenImage(ref, key, grid, size, grid[1] * grid[2] // merge**2, note)


def patches(image: SeenImage, loaded: "Loaded") -> Any:
    """Give the image's pixels as the vision tower takes them, float32 of shape (patches, numbers a patch).

    An image whose size the model keeps goes in pixel for pixel. Raises ImageUnreadableError.
    """
    from PIL import Image

    pixels, _ = load_picture(image.ref)
    picture = Image.fromarray(pixels[:, :, ::-1])
    resize = picture.size != image.size
    return loaded.pictures(images=[picture], do_resize=resize, return_tensors="pt")["pixel_values"]


def _model_size(size: Size, ref: "ImageRef", pictures: Any) -> Size:
    """Ask the processor's own rule, with the bounds of the model's own preprocessor_config.json."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    factor = int(pictures.patch_size * pictures.merge_size)
    low, high = pictures.size["shortest_edge"], pictures.size["longest_edge"]
    try:
        height, width = smart_resize(size[1], size[0], factor, low, high)
    except ValueError as error:
        raise ImageUnreadableError.of(ref, "engines.image_damaged", reason=error) from error
    return (max(factor, int(width)), max(factor, int(height)))
