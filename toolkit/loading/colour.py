"""Colour settled: depth to 8 bit, transparency on white, embedded profiles to sRGB."""

import io
from typing import TYPE_CHECKING, Any

from toolkit.texts import Text, say

if TYPE_CHECKING:
    from PIL.Image import Image

Notes = tuple[Text, ...]
_LIGHT, _NEARLY_ALL, _OPAQUE = 200, 0.99, 128
"""Grey level from which a colour is light, the share of what shows that has to be, and the alpha from which
every pixel hides the ground."""


def settle_colour(image: "Image") -> tuple["Image", Notes]:
    """Turn a decoded picture into opaque 8-bit sRGB, in mode "L", "RGB" or "1".

    Transparency is laid on white, or on black where all that shows is light. The notes say so, and where a
    colour profile could not be used.
    """
    profile = image.info.get("icc_profile")
    image = _to_8_bit(image)
    image, alpha = _split_alpha(image)
    image, notes = _to_srgb(image, profile)
    if alpha is None:
        return image, notes
    if _is_light(image, alpha):
        return _on_ground(image, alpha, 0), (*notes, say("loading.on_black"))
    return _on_ground(image, alpha, 255), notes


def _to_8_bit(image: "Image") -> "Image":
    """Scale deeper samples to 0..255; Pillow's own convert() would clip them."""
    if image.mode not in ("I", "F", "I;16", "I;16L", "I;16B", "I;16N"):
        return image
    import numpy as np
    from PIL import Image

    samples = np.asarray(image)
    if image.mode == "F":
        low, high = _float_range(samples)
        samples = np.nan_to_num((samples - low) / (high - low), nan=1.0) * 255
    else:
        peak = _integer_peak(image, samples)
        samples = np.clip(samples, 0, peak) * (255 / peak)
    eight = Image.fromarray(np.clip(np.rint(samples), 0, 255).astype(np.uint8))
    eight.info = dict(image.info)
    if isinstance(eight.info.get("transparency"), int):
        eight.info["transparency"] //= 257
    return eight


def _integer_peak(image: "Image", samples: Any) -> int:
    """White of a 16-bit picture is 65,535; of a 32-bit one too, unless it holds more."""
    if image.mode == "I" and samples.size and int(samples.max()) > 65_535:
        return 2**31 - 1
    return 65_535


def _float_range(samples: Any) -> tuple[float, float]:
    """White is 1 in floating point (TIFF 6.0, SampleFormat 3); the rest is stretched to what it holds."""
    import numpy as np

    finite = samples[np.isfinite(samples)]
    if not finite.size or (finite.min() >= 0 and finite.max() <= 1):
        return (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    return (low, high if high > low else low + 1)


def _split_alpha(image: "Image") -> tuple["Image", "Image | None"]:
    if image.mode == "P" or "transparency" in image.info:
        image = _without_palette(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        whole = image.convert("LA" if image.mode in ("LA", "La") else "RGBA")
        return whole.convert("L" if whole.mode == "LA" else "RGB"), whole.getchannel("A")
    return image, None


def _without_palette(image: "Image") -> "Image":
    if "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "P" and image.palette is not None and image.palette.mode == "RGBA":
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode == "P" else image


def _to_srgb(image: "Image", profile: bytes | None) -> tuple["Image", Notes]:
    if profile:
        from PIL import ImageCms

        try:
            return _through_profile(image, profile), ()
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return _plain(image), (say("loading.profile_unusable"),)
    notes = (say("loading.cmyk_without_profile"),) if image.mode == "CMYK" else ()
    return _plain(image), notes


def _through_profile(image: "Image", profile: bytes) -> "Image":
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if image.mode == "1":
        return image
    if image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    if image.mode == "RGB" and source.profile.xcolor_space.strip() == "GRAY":
        image = image.convert("L")
    return _grey_to_srgb(image, source) if image.mode == "L" else _converted(image, source)


def _grey_to_srgb(image: "Image", source: Any) -> "Image":
    """Convert the 256 levels, each exactly, and look every sample up.

    littleCMS has no grey sRGB, so that its way leads through RGB, whose channels come out equal. Its usual
    table of 33 steps is off by up to 10 levels in the shadows of a linear profile (gamma 1); without it, and
    for so few samples, it computes each.
    """
    from PIL import Image, ImageCms

    levels = Image.frombytes("L", (256, 1), bytes(range(256)))
    exact = _converted(levels, source, ImageCms.Flags.NOOPTIMIZE)
    return image.point(list(exact.convert("L").tobytes()))


def _converted(image: "Image", source: Any, more: int = 0) -> "Image":
    from PIL import ImageCms

    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION | more
    srgb = ImageCms.createProfile("sRGB")
    done = ImageCms.profileToProfile(image, source, srgb, intent, outputMode="RGB", flags=flags)
    if done is None:
        raise ValueError("no conversion")
    return done


def _plain(image: "Image") -> "Image":
    return image if image.mode in ("1", "L", "RGB") else image.convert("RGB")


def _is_light(image: "Image", alpha: "Image") -> bool:
    """Tell whether what shows is nearly all light, as white writing is: on white it would be lost.

    A page on a transparent ground has ink on it, 1 % of it and more.
    """
    import numpy as np

    weight = np.asarray(alpha, np.float32)
    shown = float(weight.sum())
    if not shown or int(weight.min()) >= _OPAQUE:
        return False
    light = weight[np.asarray(image.convert("L")) >= _LIGHT]
    return float(light.sum()) >= _NEARLY_ALL * shown


def _on_ground(image: "Image", alpha: "Image", level: int) -> "Image":
    from PIL import Image

    ground = Image.new(image.mode, image.size, level if image.mode == "L" else (level,) * 3)
    ground.paste(image, (0, 0), alpha)
    return ground
