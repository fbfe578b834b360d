"""Image files to upright, opaque 8-bit sRGB pictures: orientation, colour and depth settled once, on load."""

from toolkit.loading.picture import LoadedPicture, open_picture

__all__ = ["LoadedPicture", "open_picture"]
