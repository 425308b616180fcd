"""One training in many processes, on the cores, GPUs or machines that torchrun started.

    torchrun --nproc-per-node 2 -m gan_course train --recipe dcgan --out my-run

    with processes() as world:
        generator.to(world.device), discriminator.to(world.device)
        Trainer(generator, discriminator, images, world=world).train(until=64_000)

Every process holds the same networks and all images, computes on its share of each
batch, and moves its networks by the mean of all gradients. PyTorch's wrapper
DistributedDataParallel is documented not to work with `torch.autograd.grad`, which
gradient penalties need; so the gradients are averaged here, in one message.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed

from gan_course.runtime import pick_device

VARIABLES = "RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"
CPU = torch.device("cpu")
FAILED = -1  # sent instead of a number of bytes


@dataclass(frozen=True)
class World:
    """The processes that train together, as one of them sees it.

    Attributes:
        rank: number of this process, 0 … size - 1.
        size: how many there are.
        device: where this one computes.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = CPU

    @property
    def writes(self) -> bool:
        """Whether this process writes files and shows progress: the first one does."""
        return self.rank == 0

    def share_of(self, batch: Tensor) -> Tensor:
        """Return this process's rows of what all of them hold, len(batch) / size."""
        rows = len(batch) // self.size
        return batch[self.rank * rows : (self.rank + 1) * rows]

    @torch.no_grad()
    def average(self, tensors: Sequence[Tensor]) -> None:
        """Put the mean over all processes in place of each tensor, in one message.

        Raises:
            ConnectionError: another process ended or does not answer.
        """
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        with _lost_processes_in_a_sentence(self.rank, self.size):
            distributed.all_reduce(flat)
        parts = flat.div_(self.size).split([tensor.numel() for tensor in tensors])
        for tensor, part in zip(tensors, parts):
            tensor.copy_(part.view_as(tensor))

    def from_first(self, make: Callable[[], bytes]) -> bytes:
        """Let the first process make some bytes, and return them in every process.

        For what only one process can know or read, such as a measured time or a file:
        all go on with the same. Nothing is pickled.

        Raises:
            ConnectionError: the first process failed, with its own error there, or
                another one ended or does not answer.
        """
        if self.size == 1:
            return make()
        try:
            content = make() if self.rank == 0 else b""
        except Exception:
            self._broadcast(torch.tensor([FAILED]))
            raise
        (length,) = self._broadcast(torch.tensor([len(content)])).tolist()
        if length == FAILED:
            raise ConnectionError(
                "The first process of the training failed; its message says why."
            )
        if not length:
            return b""
        room = torch.frombuffer(bytearray(content or length), dtype=torch.uint8)
        return self._broadcast(room).numpy().tobytes()

    def _broadcast(self, tensor: Tensor) -> Tensor:
        """Return the first process's tensor, on the CPU."""
        tensor = tensor.to(self.device)
        with _lost_processes_in_a_sentence(self.rank, self.size):
            distributed.broadcast(tensor, src=0)
            return tensor.cpu()


ALONE = World()


@contextmanager
def processes(
    device: torch.device | None = None, *, timeout: float = 600
) -> Iterator[World]:
    """Join the processes that torchrun started; without torchrun there is one.

    They speak through gloo on CPUs and through NCCL on NVIDIA's GPUs, where each
    process of a machine takes a GPU of its own. One process alone does not touch
    `torch.distributed`.

    Args:
        device: what kind to compute on; `pick_device()` if not given.
        timeout: seconds to wait for another process before it counts as lost.

    Raises:
        ValueError: torchrun's environment variables are incomplete, or there are more
            processes than GPUs.
        ConnectionError: the other processes cannot be reached.
    """
    device = device or pick_device()
    size = _size(os.environ)
    if size == 1:
        yield World(device=device)
        return
    rank, device = int(os.environ["RANK"]), _own_device(device)
    libuv = "?use_libuv=0" if sys.platform == "win32" else ""  # absent from its builds
    with _lost_processes_in_a_sentence(rank, size):
        distributed.init_process_group(
            "nccl" if device.type == "cuda" else "gloo",
            init_method=f"env://{libuv}",
            timeout=timedelta(seconds=timeout),
        )
    try:
        yield World(rank, size, device)
    finally:
        distributed.destroy_process_group()


def _size(environment: Mapping[str, str]) -> int:
    """How many processes the environment announces."""
    size = environment.get("WORLD_SIZE", "1")
    if size == "1":
        return 1
    missing = [name for name in VARIABLES if not environment.get(name)]
    if missing or not size.isdigit():
        raise ValueError(
            f"WORLD_SIZE is {size!r} and {', '.join(missing) or 'no variable'} is not "
            "set; start several processes with torchrun, or unset WORLD_SIZE for one."
        )
    return int(size)


def _own_device(device: torch.device) -> torch.device:
    """Return this process's device: a GPU of its own, or the CPU."""
    if device.type != "cuda":
        return CPU
    local, count = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if local >= count:
        raise ValueError(
            f"Process {local} of this machine has no GPU of its own, since there are "
            f"{count}; start torchrun with --nproc-per-node {count}."
        )
    own = torch.device("cuda", local)
    torch.cuda.set_device(own)
    return own


@contextmanager
def _lost_processes_in_a_sentence(rank: int, size: int) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise ConnectionError(
            f"Process {rank} of {size} lost another one, which ended or does not "
            "answer; read its message, and repeat the command: a run in a folder goes "
            "on from its checkpoint."
        ) from error
