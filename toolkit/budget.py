"""A context window shared among images: what they take, what is left, and how to share it by need. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from toolkit.errors import UsageError
from toolkit.families import (
    DEFAULT_FAMILY,
    Family,
    fit_long_side,
    fit_visual_tokens,
    get_family,
    processed_size,
    visual_tokens,
)
from toolkit.geometry import Size
from toolkit.readability import seen_height, smallest_readable_long_side, verdict
from toolkit.texts import Text, say

MARKS = 2
"""Tokens that mark the start and the end of an image in every Qwen-VL chat template."""


@dataclass(frozen=True)
class Server:
    """What a server does to images and windows of its own accord.

    `image_cap` is the most visual tokens it lets an image have, shrinking it silently (None for no cap), and
    `image_least` the fewest, enlarging it (None: as the model's processor); `window` its default context
    window in tokens (None: that of the model). `cap_flag` and `window_flag` change them, "" where nothing
    does.
    """

    name: str
    image_least: int | None
    image_cap: int | None
    cap_flag: str
    window: int | None
    window_flag: str


SERVERS: dict[str, Server] = {
    row.name: row
    for row in (
        # llama.cpp pull request 17020: Qwen-VL's default is at most 4,096 tokens an image;
        # tools/mtmd/clip.cpp: at least 8. The counts of its server, release b11549, were equal.
        Server("llama.cpp", 8, 4096, "--image-max-tokens", None, "--ctx-size"),
        # docs/context-length.mdx of Ollama: 4k below 24 GiB of video memory, 32k below 48, 256k above. Since
        # 0.30 it runs llama.cpp; its llm/llama_server.go has no option for the size of images.
        Server("ollama", 8, 4096, "", 4096, "OLLAMA_CONTEXT_LENGTH"),
        # Both leave the size to the model's processor.
        Server("vllm", None, None, "", None, "--max-model-len"),
        Server("sglang", None, None, "", None, "--context-length"),
    )
}

OLLAMA_LEAST = 1024
"""The fewest visual tokens of an image of OLLAMA_RAISED's families (llm/llama_server.go sets them)."""
OLLAMA_RAISED = frozenset({"qwen2-vl", "qwen2.5-vl", "qwen3-vl"})


@dataclass(frozen=True)
class Budget:
    """A window with images in it. `images` are the visual tokens of each, without the two marks."""

    window: int
    reserved: int
    images: tuple[int, ...]

    @property
    def used(self) -> int:
        """The tokens of all images with their marks."""
        return sum(self.images) + MARKS * len(self.images)

    @property
    def left(self) -> int:
        """What remains for more, after images and reserve; below 0 the window overflows."""
        return self.window - self.reserved - self.used

    @property
    def note(self) -> Text:
        """Say how the window stands."""
        key = "budget.fits" if self.left >= 0 else "budget.overflows"
        values = {"count": len(self.images), "used": self.used, "window": self.window}
        return say(key, **values, reserved=self.reserved, left=abs(self.left))


@dataclass(frozen=True)
class Share:
    """What one image gets of a budget. `readable` is None where its text height is not known."""

    size: Size
    tokens: int
    readable: bool | None


@dataclass(frozen=True)
class ServerEffect:
    """What a server makes of one image: the size and tokens that arrive, and a note if it changes them."""

    size: Size
    tokens: int
    note: Text | None


def context_budget(
    sizes: Sequence[Size], *, window: int, reserved: int = 0, family: str | Family = DEFAULT_FAMILY
) -> Budget:
    """Count what images of `sizes` take of a `window` of tokens.

    `reserved` is kept for words and the answer. Raises UsageError for a window below 1 or a negative reserve.
    """
    if window < 1 or reserved < 0:
        raise UsageError("window_impossible", window=window, reserved=reserved)
    return Budget(window, reserved, tuple(visual_tokens(size, family) for size in sizes))


def on_server(
    size: Size, server: str, *, family: str | Family = DEFAULT_FAMILY, text_height: float | None = None
) -> ServerEffect:
    """Say what a server makes of an image of `size` whose smallest text is `text_height` px per em.

    Ollama is taken to be 0.30 or later. Raises UsageError for an unknown server.
    """
    row = get_family(family)
    bounded = server_bounds(server, row)
    there, tokens = processed_size(size, bounded), visual_tokens(size, bounded)
    usual = visual_tokens(size, row)
    values = {"server": server, "tokens": tokens, "usual": usual}
    if tokens >= usual:
        return ServerEffect(there, tokens, say("budget.enlarged", **values) if tokens > usual else None)
    cap = SERVERS[server].image_cap
    if cap is None or usual <= cap:
        return ServerEffect(there, tokens, say("budget.not_enlarged", **values))
    return ServerEffect(there, tokens, _capped(server, values, size, there, text_height))


def server_bounds(server: str, family: str | Family = DEFAULT_FAMILY) -> Family:
    """Give the family with the bounds within which a server keeps images.

    Raises UsageError for an unknown server or family.
    """
    row, known = get_family(family), _known(server)
    raised = server == "ollama" and row.name in OLLAMA_RAISED
    least, most, token = OLLAMA_LEAST if raised else known.image_least, known.image_cap, row.factor**2
    fewest = row.min_pixels if least is None else least * token
    return replace(
        row,
        min_pixels=fewest,
        max_pixels=row.max_pixels if most is None else min(row.max_pixels, most * token),
    )


def _known(server: str) -> Server:
    if server not in SERVERS:
        raise UsageError("unknown_choice", option="server", given=server, allowed=", ".join(SERVERS))
    return SERVERS[server]


def _capped(
    server: str, values: Mapping[str, object], size: Size, there: Size, text_height: float | None
) -> Text:
    """Say that a server shrinks an image, what that leaves of its text, and the mend."""
    row = SERVERS[server]
    mend = say("budget.cap_flag", flag=row.cap_flag, **values) if row.cap_flag else say("budget.cap_firm")
    if text_height is None:
        return say("budget.capped", **values, cap=row.image_cap, mend=mend)
    height = seen_height(size, there, text_height)
    left = {"height": f"{height:.1f}", "verdict": say(f"budget.{verdict(height)}")}
    return say("budget.capped_text", **values, cap=row.image_cap, mend=mend, **left)


def default_window_note(
    sizes: Sequence[Size], server: str, family: str | Family = DEFAULT_FAMILY
) -> Text | None:
    """Warn if images overflow a server's default window; None if they fit or it has none.

    `sizes` are those that arrive (`on_server(...).size`). Raises UsageError for an unknown server.
    """
    row = _known(server)
    if row.window is None:
        return None
    budget = context_budget(sizes, window=row.window, family=family)
    if budget.left >= 0:
        return None
    return say(
        "budget.default_window", server=server, window=row.window, used=budget.used, flag=row.window_flag
    )


def fit_tokens(
    sizes: Sequence[Size],
    *,
    total: int,
    family: str | Family = DEFAULT_FAMILY,
    text_heights: Sequence[float | None] | None = None,
) -> list[Share]:
    """Share `total` visual tokens (marks counted in) among images by need.

    Every image first gets what keeps its smallest text readable (`text_heights` in px per em at the sizes
    given; images without text their least size); the rest is shared in proportion to what each could still
    use. If not even the first is possible, all fall short alike, and `readable` says which. None is
    enlarged. Raises UsageError if the least sizes alone take more than `total`.
    """
    row = get_family(family)
    heights = list(text_heights or [None] * len(sizes))
    least = [visual_tokens(fit_visual_tokens(size, tokens=1, family=row), row) for size in sizes]
    most = [visual_tokens(size, row) for size in sizes]
    need = [_need(size, height, row) for size, height in zip(sizes, heights, strict=True)]
    room = total - MARKS * len(sizes)
    if sum(least) > room:
        raise UsageError(
            "budget_too_small", total=total, count=len(sizes), least=sum(least) + MARKS * len(sizes)
        )
    low, high = (need, most) if sum(need) <= room else (least, need)
    fitted = [
        fit_visual_tokens(size, tokens=tokens, family=row)
        for size, tokens in zip(sizes, _between(low, high, room), strict=True)
    ]
    return [
        _share(*item, row)
        for item in zip(sizes, _use_rest(sizes, fitted, need, room, row), heights, strict=True)
    ]


def _need(size: Size, height: float | None, row: Family) -> int:
    if height is None:
        return visual_tokens(fit_visual_tokens(size, tokens=1, family=row), row)
    side = smallest_readable_long_side(size, height, row)
    fitted = fit_long_side(size, long_side=side, family=row)
    # Sides are rounded one by one: a small picture may need its full size where its long side would do.
    if verdict(seen_height(size, fitted, height)) != "readable":
        return visual_tokens(size, row)
    return visual_tokens(fitted, row)


def _between(low: Sequence[int], high: Sequence[int], room: int) -> list[int]:
    """Give each its `low` and the same share of the way to `high`, so that the sum stays within `room`."""
    wish = sum(high) - sum(low)
    share = 1.0 if wish <= 0 else min(1.0, (room - sum(low)) / wish)
    return [a + int(share * max(0, b - a)) for a, b in zip(low, high, strict=True)]


def _use_rest(
    sizes: Sequence[Size], fitted: Sequence[Size], need: Sequence[int], room: int, row: Family
) -> list[Size]:
    """Hand out what rounding to whole tokens left over: to those still in need, then to the most reduced."""
    fitted = list(fitted)
    spare = room - sum(visual_tokens(size, row) for size in fitted)

    def urgency(i: int) -> tuple[bool, float]:
        return (visual_tokens(fitted[i], row) >= need[i], fitted[i][0] / sizes[i][0])

    for i in sorted(range(len(sizes)), key=urgency):
        used = visual_tokens(fitted[i], row)
        larger = fit_visual_tokens(sizes[i], tokens=used + max(0, spare), family=row)
        gained = visual_tokens(larger, row) - used
        if 0 < gained <= spare:
            fitted[i], spare = larger, spare - gained
    return fitted


def _share(size: Size, fitted: Size, height: float | None, row: Family) -> Share:
    seen = None if height is None else verdict(seen_height(size, fitted, height)) == "readable"
    return Share(fitted, visual_tokens(fitted, row), seen)
