"""Train the feature networks, data/features_first.safetensors and features_second.

python runs/train_features.py first
python runs/train_features.py second
"""

import argparse
import time
from collections.abc import Iterable

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from gan_course.datasets import ImageSet, glyphs
from gan_course.datasets.glyphs import FAMILIES
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.metrics.embeddings import DIGITS, NETWORKS, embed, embedding, kinds
from gan_course.networks.classifier import FEATURES, Classifier

SEEDS = {"first": 11, "second": 12}
TRAINING_SEED = 1000  # sets of glyphs that no notebook uses
SETS, EPOCHS, BATCH, LEARNING_RATE = 8, 2, 128, 3e-3
MEASURED = ("slant", "weight", "scale", "shift_x", "shift_y")


def factors_of(part: ImageSet) -> Tensor:
    """The factors that are numbers, (N, 5)."""
    return torch.stack([part.factors[name] for name in MEASURED], dim=1)


def training_data() -> dict[str, Tensor]:
    """96,000 glyphs as they are, with labels, families and standardised factors."""
    sets = [glyphs(seed=TRAINING_SEED + k) for k in range(SETS)]
    factors = torch.cat([factors_of(part) for part in sets])
    return {
        "images": torch.cat([part.images for part in sets]),
        "labels": torch.cat([part.labels for part in sets]),
        "family": torch.cat([part.factors["family"] for part in sets]),
        "factors": (factors - factors.mean(dim=0)) / factors.std(dim=0),
    }


def loss_on(network: Classifier, ruler: nn.Linear, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of digit and family, and half the squared error of the factors."""
    features = network.features(to_float(batch["images"]))
    return (
        cross_entropy(network.class_head(features), batch["labels"])
        + cross_entropy(network.family_head(features), batch["family"])
        + (ruler(features) - batch["factors"]).square().mean() / 2
    )


@torch.no_grad()
def standardise(network: nn.Module, heads: Iterable[nn.Linear], images: Tensor) -> None:
    """Give the features mean 0 and, in their mean, variance 1 on these images.

    The heads change with them, so that the network says the same as before.
    """
    features = embed(images, network.features)
    centre, spread = features.mean(dim=0), features.var(dim=0).mean().sqrt()
    for head in heads:
        head.bias += head.weight @ centre
        head.weight *= spread
    last = network.body[-1]
    last.bias -= centre
    last.bias /= spread
    last.weight /= spread


def train(which: str) -> None:
    """Train a network and store its weights in half precision."""
    torch.manual_seed(SEEDS[which])
    data = training_data()
    network = NETWORKS[which].make(DIGITS, len(FAMILIES))
    ruler = nn.Linear(FEATURES, len(MEASURED))  # needed in training only
    steps = EPOCHS * len(data["images"]) // BATCH
    parameters = [*network.parameters(), *ruler.parameters()]
    optimiser = torch.optim.AdamW(parameters, LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, steps)
    for _ in tqdm(range(steps), desc=f"{which} features"):
        chosen = torch.randint(len(data["images"]), (BATCH,))
        batch = {name: value[chosen] for name, value in data.items()}
        loss = loss_on(network, ruler, batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    network.eval()
    heads = network.class_head, network.family_head
    standardise(network, heads, data["images"][:10_000])
    halves = {name: value.half() for name, value in network.state_dict().items()}
    save_file(halves, data_folder() / NETWORKS[which].file)


def report(which: str) -> None:
    """Print what the network knows of held-out glyphs."""
    held_out = glyphs(10_000, split="held-out")
    seen, family = kinds(held_out.images, which), held_out.factors["family"]
    count = len(FAMILIES)
    digit_right = (seen // count == held_out.labels).float().mean()
    family_right = (seen % count == family).float().mean()
    print(f"{which} features: {digit_right:.2%} of 10,000 held-out glyphs have the")
    print(f"  right digit, {family_right:.2%} the right family")
    features = embed(held_out.images, embedding(which).features)
    explained = held_out_fit(features, factors_of(held_out))
    for name, share in zip(MEASURED, explained):
        print(
            f"  share of the variance of {name} that the features explain: {share:.2f}"
        )


def held_out_fit(features: Tensor, factors: Tensor) -> list[float]:
    """R² of a linear fit of each factor: fitted on one half, measured on the other."""
    factors = factors.double()
    inputs = torch.cat([features.double(), torch.ones(len(features), 1)], dim=1)
    half = len(features) // 2
    fit = torch.linalg.lstsq(inputs[:half], factors[:half]).solution
    error = (inputs[half:] @ fit - factors[half:]).square().mean(dim=0)
    return (1 - error / factors[half:].var(dim=0)).tolist()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=NETWORKS)
    which = parser.parse_args().network
    start = time.perf_counter()
    train(which)
    print(f"trained in {time.perf_counter() - start:.0f} s")
    report(which)
