"""A drawn scene and a close-up of it."""

import random

from PIL import Image, ImageDraw


def scene_and_close_up() -> tuple[Image.Image, Image.Image]:
    """Give a scene of many things, and a part of it, enlarged 2.5 times."""
    rng = random.Random(7)
    scene = Image.new("L", (1024, 768), 235)
    draw = ImageDraw.Draw(scene)
    for _ in range(260):
        x, y, r = rng.randrange(1000), rng.randrange(740), rng.randrange(4, 40)
        draw.rectangle((x, y, x + r, y + rng.randrange(4, 40)), fill=rng.randrange(256))
    return scene, scene.crop((300, 200, 700, 500)).resize((1000, 750))
