"""Colour settled: depth to 8 bit, transparency on white, embedded profiles to sRGB."""

import io
from typing import TYPE_CHECKING, Any

from toolkit.texts import Text, say

if TYPE_CHECKING:
    from PIL.Image import Image

Notes = tuple[Text, ...]
_WHITE = (255, 255, 255)


def settle_colour(image: "Image") -> tuple["Image", Notes]:
    """Turn a decoded picture into opaque 8-bit sRGB, in mode "L", "RGB" or "1".

    The notes say where a colour profile could not be used.
    """
    profile = image.info.get("icc_profile")
    image = _to_8_bit(image)
    image, alpha = _split_alpha(image)
    image, notes = _to_srgb(image, profile)
    return (image if alpha is None else _on_white(image, alpha)), notes


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
    target = "L" if image.mode == "L" else "RGB"
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if target == "L":  # littleCMS has no grey sRGB: go through RGB, whose channels come out equal
        return _converted(image, source, intent, flags).convert("L")
    return _converted(image, source, intent, flags)


def _converted(image: "Image", source: Any, intent: Any, flags: Any) -> "Image":
    from PIL import ImageCms

    done = ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), intent, outputMode="RGB", flags=flags
    )
    if done is None:
        raise ValueError("no conversion")
    return done


def _plain(image: "Image") -> "Image":
    return image if image.mode in ("1", "L", "RGB") else image.convert("RGB")


def _on_white(image: "Image", alpha: "Image") -> "Image":
    from PIL import Image

    white = 255 if image.mode == "L" else _WHITE
    ground = Image.new(image.mode, image.size, white)
    ground.paste(image, (0, 0), alpha)
    return ground
