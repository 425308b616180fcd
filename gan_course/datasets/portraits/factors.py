"""What is known of each portrait: the factors, their values and how they are drawn.

Every factor is drawn independently of all others, so that none tells anything about
another: any hair goes with any skin, any beard with any earrings.
"""

import numpy as np
import torch
from torch import Tensor

COLOURS = {
    "skin": {
        "porcelain": "#fde0ca",
        "peach": "#f8cda9",
        "sand": "#efbb8d",
        "honey": "#dfa06e",
        "caramel": "#c58556",
        "bronze": "#a66b43",
        "chestnut": "#885335",
        "cocoa": "#6b412b",
    },
    "hair_colour": {
        "black": "#2a2530",
        "espresso": "#4a2f27",
        "brown": "#7d4a2d",
        "copper": "#c9622f",
        "blond": "#efc267",
        "silver": "#cdd0da",
        "rose": "#ea8fae",
        "teal": "#2f8f9d",
    },
    "eye_colour": {
        "brown": "#5b3a22",
        "hazel": "#8a6a2c",
        "green": "#3f8a56",
        "blue": "#3c7fc4",
        "grey": "#66758a",
    },
    "shirt": {
        "tomato": "#e2583e",
        "mustard": "#f0b83f",
        "leaf": "#4a9b6b",
        "ocean": "#3279b7",
        "navy": "#31456b",
        "plum": "#7b519d",
        "pink": "#ec86a8",
        "cream": "#f6efe2",
    },
    "background": {
        "apricot": "#fbc490",
        "butter": "#f9e3a0",
        "mint": "#b5e2c4",
        "lagoon": "#84cdc9",
        "sky": "#a7d5f4",
        "periwinkle": "#b3bdf0",
        "lilac": "#dcc3ee",
        "coral": "#f7aaa0",
    },
}
CATEGORIES = {name: tuple(colours) for name, colours in COLOURS.items()} | {
    "hair_style": (
        "bald",
        "buzz",
        "short",
        "parted",
        "spiky",
        "curly",
        "afro",
        "bob",
        "long",
        "wavy",
        "bun",
        "puffs",
        "beanie",
    ),
    "glasses": ("none", "round", "square"),
    "beard": ("none", "moustache", "full"),
    "earrings": ("none", "gold"),
    "neckline": ("crew", "vee", "roll"),
    "pattern": ("plain", "sun", "dots", "stripes"),
}
ODDS = {"glasses": (4, 1, 1), "beard": (4, 1, 1), "earrings": (2, 1)}  # else all equal
RANGES = {
    "smile": (0.2, 1.0),
    "mouth_open": (0.0, 1.0),
    "eyes_open": (0.7, 1.0),
    "gaze_x": (-1.0, 1.0),
    "gaze_y": (-1.0, 1.0),
    "brow_height": (-0.6, 1.0),
    "blush": (0.0, 1.0),
    "face_width": (0.94, 1.06),
    "tilt": (-8.0, 8.0),
    "shift_x": (-0.6, 0.6),
    "shift_y": (-0.3, 0.5),
}


def random_factors(count: int, random: np.random.Generator) -> dict[str, Tensor]:
    """Draw `count` values of every factor: int64 for CATEGORIES, float32 for RANGES."""
    factors = {}
    for name, values in CATEGORIES.items():
        odds = np.array(ODDS.get(name, [1] * len(values)))
        drawn = random.choice(len(values), count, p=odds / odds.sum())
        factors[name] = torch.from_numpy(drawn)
    for name, (low, high) in RANGES.items():
        factors[name] = torch.from_numpy(random.uniform(low, high, count)).float()
    return factors


def colours(name: str) -> Tensor:
    """The colours of a factor's values, float (values, 3) in [0, 1]."""
    codes = "".join(code.removeprefix("#") for code in COLOURS[name].values())
    return torch.tensor(list(bytes.fromhex(codes))).reshape(-1, 3) / 255
