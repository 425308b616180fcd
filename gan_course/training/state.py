"""The tensors that a training changes, out of its networks and back into them."""

from collections.abc import Mapping

from torch import nn
from torch.optim import Optimizer

from gan_course.training.checkpoint import State, copied, refuse_other_architecture
from gan_course.training.optimisers import optimiser_tensors, restore_optimiser


def collected(
    networks: Mapping[str, nn.Module], optimisers: Mapping[str, Optimizer]
) -> State:
    """Return the tensors of networks and optimisers, as copies on the CPU.

    Args:
        networks: name → network.
        optimisers: name of a network → the optimiser of its weights.

    Returns:
        name, or name_optimiser → name of a tensor → tensor.
    """
    tensors = {name: network.state_dict() for name, network in networks.items()}
    for name, optimiser in optimisers.items():
        tensors[f"{name}_optimiser"] = optimiser_tensors(optimiser, networks[name])
    return {
        section: {name: copied(value) for name, value in named.items()}
        for section, named in tensors.items()
    }


def restore(
    networks: Mapping[str, nn.Module],
    optimisers: Mapping[str, Optimizer],
    state: State,
) -> None:
    """Put networks and optimisers into the state that `collected` returned.

    Raises:
        ValueError: the networks are of another architecture; nothing is changed.
    """
    here = {name: network.state_dict() for name, network in networks.items()}
    refuse_other_architecture(here, state)
    for name, network in networks.items():
        network.load_state_dict(state[name])
    for name, optimiser in optimisers.items():
        restore_optimiser(optimiser, networks[name], state[f"{name}_optimiser"])
