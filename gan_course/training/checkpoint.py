"""A training on disk: one safetensors file with JSON in its header.

A state is a dict: each value is either a section, a dict of tensors by name, or a plain
value that JSON can hold. The same state makes the same bytes, since no date is stored.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from gan_course.files import write_atomically

HEADER = "gan_course"
MOST_LISTED = 12

State = dict[str, Any]


def save_checkpoint(path: str | Path, state: State) -> None:
    """Write a state; the file is replaced only by a complete and finite one.

    Raises:
        FloatingPointError: a tensor holds numbers that are not finite.
        OSError: the file cannot be written, in one sentence.
    """
    _refuse_not_finite(path, state)
    write_atomically(path, encoded(state))


def encoded(state: State) -> bytes:
    """Return a state as the content of a checkpoint."""
    sections = {key: value for key, value in state.items() if isinstance(value, dict)}
    plain = {key: value for key, value in state.items() if key not in sections}
    tensors = {name: copied(value) for name, value in _named(state).items()}
    header = {"values": plain, "sections": sorted(sections)}
    text = json.dumps(header, sort_keys=True)
    return save(tensors, metadata={HEADER: text})


def copied(tensor: Tensor) -> Tensor:
    """Return a copy on the CPU, in plain order, that shares its memory with none."""
    layout = torch.contiguous_format
    return tensor.detach().to("cpu", copy=True, memory_format=layout)


def load_checkpoint(path: str | Path) -> State:
    """Read a state; its tensors are on the CPU. No code in the file is ever run.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is damaged, or not a checkpoint of this course.
    """
    return decoded(read_checkpoint(path), path)


def read_checkpoint(path: str | Path) -> bytes:
    """Return the content of a checkpoint.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise OSError(
            f"Cannot read the checkpoint {path} ({error.strerror or error}); check its "
            "name, or train one first."
        ) from error


def decoded(content: bytes, name: str | Path) -> State:
    """Return the state that `encoded` wrote.

    Args:
        content: of a checkpoint.
        name: what to call it, should it be none.

    Raises:
        ValueError: it is damaged, or not a checkpoint of this course.
    """
    try:
        return _state(load(content), _header(content))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{name} is damaged or no checkpoint of a training in this course; choose "
            "another file, or train anew."
        ) from error


def architecture_differences(
    here: Mapping[str, Tensor], there: Mapping[str, Tensor]
) -> list[str]:
    """Name what differs between two networks, given as the tensors of their states.

    Args:
        here: name → tensor of the network that is to take the tensors.
        there: name → tensor that it is given.

    Returns:
        One phrase for each name that only one of them has, or whose shapes or types
        are not the same; empty if they fit.
    """
    both = {**here, **there}
    return [
        f"{name} is {_kind(there.get(name))} there and {_kind(here.get(name))} here"
        for name in both
        if _kind(here.get(name)) != _kind(there.get(name))
    ]


def refuse_other_architecture(here: Mapping[str, Any], state: State) -> None:
    """Return if every section of `here` has the same names and shapes in a state.

    Args:
        here: section → name → tensor, of the networks that are to be restored.
        state: what `load_checkpoint` returned.

    Raises:
        ValueError: something differs; the sentence lists what.
    """
    differences = [
        f"{section} {phrase}"
        for section, tensors in here.items()
        for phrase in architecture_differences(tensors, state.get(section, {}))
    ]
    if differences:
        more = len(differences) - MOST_LISTED
        listed = differences[:MOST_LISTED] + [f"{more} more"] * (more > 0)
        raise ValueError(
            "The state is of another architecture; build the same networks as in its "
            f"training, or start anew. What differs: {'; '.join(listed)}."
        )


def _kind(tensor: Tensor | None) -> str:
    if tensor is None:
        return "missing"
    name = str(tensor.dtype).removeprefix("torch.")
    return f"{name} {tuple(tensor.shape)}"


def _named(state: State) -> dict[str, Tensor]:
    """Return all tensors of a state, by section and name."""
    return {
        f"{section}/{name}": value
        for section, named in state.items()
        if isinstance(named, dict)
        for name, value in named.items()
    }


def _refuse_not_finite(path: str | Path, state: State) -> None:
    for name, value in _named(state).items():
        if not value.isfinite().all():
            raise FloatingPointError(
                f"{name} holds numbers that are not finite, so {path} is not written; "
                "go back to an earlier checkpoint and train with a lower learning rate "
                "or a stronger penalty."
            )


def _header(content: bytes) -> dict[str, Any]:
    # A safetensors file starts with the length of its JSON header (8 bytes).
    length = int.from_bytes(content[:8], "little")
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"][HEADER])


def _state(tensors: Mapping[str, Tensor], header: dict[str, Any]) -> State:
    state: State = dict(header["values"])
    state.update({section: {} for section in header["sections"]})
    for key, value in tensors.items():
        section, _, name = key.partition("/")
        state[section][name] = value
    return state
