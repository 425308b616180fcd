"""Train the networks of portraits, data/portraits_first and portraits_second.

python runs/train_portrait_features.py first
python runs/train_portrait_features.py second
"""

import argparse
import time

import torch
from safetensors.torch import save_file
from spoilt_portraits import OTHERS, others, spoil
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from tqdm import tqdm
from train_features import held_out_fit, standardise

from gan_course.datasets import portraits
from gan_course.datasets.portraits import RANGES
from gan_course.files import data_folder
from gan_course.images import to_float
from gan_course.metrics.embeddings import embed
from gan_course.metrics.faces import FACTORS, NETWORKS, face_network, faces
from gan_course.networks.classifier import FEATURES
from gan_course.networks.faces import FaceNetwork

SEEDS = {"first": 21, "second": 22}
TRAINING_SEED = 1000  # sets of portraits that no notebook uses
STEPS = {"first": 3_000, "second": 1_400}
SETS, BATCH, LEARNING_RATE = 5, 64, 3e-3
CHANNELS_LAST = torch.channels_last  # nearly twice as fast on a processor
FACE_WEIGHT = 6  # of "face or not" beside each factor
SMOOTHING = 0.05  # so that what is told easily does not fill the features


def numbers_of(factors: dict[str, Tensor]) -> Tensor:
    """The factors that are numbers, each from -√3 to √3 with variance 1, (N, 11)."""
    columns = [
        (factors[name] - (low + high) / 2) / (high - low) * 12**0.5
        for name, (low, high) in RANGES.items()
    ]
    return torch.stack(columns, dim=1)


def training_data() -> dict[str, Tensor]:
    """60,000 portraits with their factors."""
    sets = [portraits(seed=TRAINING_SEED + k) for k in range(SETS)]
    factors = {n: torch.cat([part.factors[n] for part in sets]) for n in FACTORS}
    numbers = torch.cat([numbers_of(part.factors) for part in sets])
    images = torch.cat([part.images for part in sets])
    return {"images": images, "numbers": numbers, **factors}


def loss_on(network: FaceNetwork, ruler: nn.Linear, batch: dict[str, Tensor]) -> Tensor:
    """Cross-entropy of "face" and of each factor, and squared errors of the numbers."""
    images = to_float(batch["images"])
    wrong = others(images[: len(images) // 2])
    pictures = torch.cat([spoil(images), wrong])
    features = network.features(pictures.contiguous(memory_format=CHANNELS_LAST))
    is_face = (torch.arange(len(pictures)) < len(images)).float()
    face_logits = network.face_head(features).squeeze(1)
    loss = FACE_WEIGHT * binary_cross_entropy_with_logits(face_logits, is_face)
    known = features[: len(images)]
    said = network.factor_head(known).split(network.counts, dim=1)
    for name, logits in zip(FACTORS, said):
        loss = loss + cross_entropy(logits, batch[name], label_smoothing=SMOOTHING)
    return loss + (ruler(known) - batch["numbers"]).square().mean(dim=0).sum() / 2


def train(which: str) -> None:
    """Train a network and store its weights in half precision."""
    torch.manual_seed(SEEDS[which])
    data = training_data()
    network = NETWORKS[which].make(tuple(FACTORS.values()))
    network.to(memory_format=CHANNELS_LAST)
    ruler = nn.Linear(FEATURES, len(RANGES))  # needed in training only
    parameters = [*network.parameters(), *ruler.parameters()]
    optimiser = torch.optim.AdamW(parameters, LEARNING_RATE)
    steps = STEPS[which]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, steps)
    for _ in tqdm(range(steps), desc=f"{which} network", mininterval=5):
        chosen = torch.randint(len(data["images"]), (BATCH,))
        batch = {name: value[chosen] for name, value in data.items()}
        loss = loss_on(network, ruler, batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    network.eval()
    heads = network.face_head[0], network.factor_head
    standardise(network, heads, data["images"][:10_000])
    halves = {
        name: value.half().contiguous() for name, value in network.state_dict().items()
    }
    save_file(halves, data_folder() / NETWORKS[which].file)


def report(which: str) -> None:
    """Print what the network knows of held-out portraits, and what it takes for one."""
    held_out = portraits(10_000, split="held-out")
    seen = faces(held_out.images, which)
    print(f"{which} network: {seen.share:.2%} of 10,000 held-out portraits are faces")
    for name, labels in seen.labels.items():
        right = (labels == held_out.factors[name]).float().mean()
        print(f"  {name} right: {right:.1%}")
    torch.manual_seed(0)
    images = to_float(held_out.images)
    for name, spoilt in OTHERS.items():
        print(f"  {name} taken for faces: {faces(spoilt(images), which).share:.2%}")
    print(f"  lightly spoilt: {faces(spoil(images), which).share:.2%}")
    features = embed(held_out.images, face_network(which).features)
    explained = held_out_fit(features, numbers_of(held_out.factors))
    for name, share in zip(RANGES, explained):
        print(f"  share of the variance of {name} explained: {share:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=NETWORKS)
    which = parser.parse_args().network
    start = time.process_time()
    train(which)
    print(f"trained in {time.process_time() - start:.0f} s of one core")
    report(which)
