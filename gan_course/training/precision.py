"""In how many digits the networks compute; everything else stays in float32."""

import torch
from torch import Tensor, nn

from gan_course.choices import nearest

PRECISIONS = "float32", "bf16"


def in_precision(network: nn.Module, precision: str) -> nn.Module:
    """Return what makes the forward pass of a network in a precision.

    Args:
        network: to compute with; its weights are shared, not copied.
        precision: "float32" returns the network itself, in whatever precision its
            weights are; "bf16" wraps it into `Bfloat16`.

    Raises:
        ValueError: there is no such precision (the nearest is named), or the weights
            are not float32, as bf16 wants them.
    """
    nearest("precision", precision, PRECISIONS)
    if precision == "float32":
        return network
    dtypes = {weights.dtype for weights in network.parameters()}
    if not dtypes <= {torch.float32}:
        found = ", ".join(sorted(map(str, dtypes)))
        raise ValueError(
            f"bf16 computes with copies of float32 weights, but got {found}; pass "
            "networks in float32."
        )
    return Bfloat16(network)


class Bfloat16(nn.Module):
    """A network whose products are computed in bfloat16, and its results in float32.

    The weights stay in float32, with their gradients: PyTorch's autocast rounds copies
    of them, and of what the layers pass on, to 8 significant bits. A penalty that
    differentiates the forward pass computes in bfloat16 too, up to the slopes, whose
    squares are float32.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        with torch.autocast(inputs.device.type, torch.bfloat16):
            outputs = self.network(inputs)
        return outputs.float()
