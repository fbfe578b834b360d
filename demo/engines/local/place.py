"""Where what is kept between questions lies: with the model on its device, or in this machine's memory."""

from typing import Any, Literal, cast, get_args

CacheIn = Literal["device", "ram"]
"""`device`: found at once. `ram`: leaves a card's memory to the model, for one copy to it and back."""

PLACES: tuple[CacheIn, ...] = get_args(CacheIn)


def place_of(cache_in: CacheIn, device: str) -> str:
    """Give torch's name of the device on which things are kept, for a model on `device`."""
    return "cpu" if cache_in == "ram" else device


def same_memory(place: str, device: str) -> bool:
    """Tell whether two devices, by torch's names, are one: "cuda" is "cuda:0"."""
    (one, _, first), (other, _, second) = place.partition(":"), device.partition(":")
    return one == other and (first or "0") == (second or "0")


def moved(state: Any, device: str) -> Any:
    """Give a state with all its tensors on `device`; what is there already is not copied."""
    import torch

    if isinstance(state, torch.Tensor):
        return state.to(device)
    if isinstance(state, torch.device):
        return torch.device(device)
    if isinstance(state, dict):
        return {key: moved(value, device) for key, value in state.items()}
    if isinstance(state, list | tuple):
        return cast("Any", type(state))(moved(value, device) for value in state)
    return state
