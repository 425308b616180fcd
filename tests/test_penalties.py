import copy

import pytest
import torch
from torch import nn

from gan_course.penalties import (
    clip_weights,
    dragan_penalty,
    interpolate,
    one_centred_penalty,
    perturb,
    r1_penalty,
    r2_penalty,
    wgan_gp_penalty,
    with_spectral_norm,
    zero_centred_penalty,
)

ZERO_CENTRED = [zero_centred_penalty, r1_penalty, r2_penalty]
ONE_CENTRED = [one_centred_penalty, wgan_gp_penalty, dragan_penalty]
SHAPES = [(5, 12), (5, 3, 4, 1), (5, 12, 1, 1), (5,)]


def inputs_of(*shape):
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def linear(inputs, weights):
    """Logits (N, 1) of a discriminator w·x with the gradient w everywhere."""
    return inputs.reshape(len(inputs), -1) @ weights.view(-1, 1) + 3


def weights_of(inputs):
    return torch.randn(inputs[0].numel(), dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_penalty_of_a_linear_discriminator_is_known(shape):
    inputs = inputs_of(*shape)
    weights = weights_of(inputs)
    logits = linear(inputs, weights)
    for penalty in ZERO_CENTRED:
        value = penalty(inputs, logits)
        assert value.shape == ()
        assert torch.allclose(value, weights.square().sum())
    for penalty in ONE_CENTRED:
        value = penalty(inputs, logits)
        assert value.shape == ()
        assert torch.allclose(value, (weights.norm() - 1).square())


def test_the_gradient_of_a_linear_penalty_by_the_weights_is_known():
    inputs = inputs_of(5, 12)
    weights = weights_of(inputs)
    length = weights.norm()
    for penalty, expected in (
        (zero_centred_penalty, 2 * weights),
        (one_centred_penalty, 2 * (length - 1) * weights / length),
    ):
        value = penalty(inputs, linear(inputs, weights))
        (gradient,) = torch.autograd.grad(value, weights)
        assert torch.allclose(gradient, expected)


def test_the_penalty_of_a_quadratic_discriminator_is_known():
    inputs = inputs_of(6, 4)
    matrix = torch.randn(4, 4, dtype=torch.float64)
    shift = torch.randn(4, dtype=torch.float64)
    logits = (inputs * (inputs @ matrix.T / 2 + shift)).sum(dim=1, keepdim=True)
    lengths = (inputs @ (matrix + matrix.T) / 2 + shift).norm(dim=1)
    expected = lengths.square().mean()
    assert torch.allclose(zero_centred_penalty(inputs, logits), expected)
    expected = (lengths - 1).square().mean()
    assert torch.allclose(one_centred_penalty(inputs, logits), expected)


@pytest.mark.parametrize("penalty", [zero_centred_penalty, one_centred_penalty])
def test_a_penalty_is_a_mean_over_the_batch(penalty):
    once = inputs_of(6, 4)
    twice = once.detach().repeat(2, 1).requires_grad_()
    values = [
        penalty(part, part.pow(3).sum(dim=1, keepdim=True)) for part in (once, twice)
    ]
    assert torch.allclose(*values)


def smooth(inputs, weights, kernel):
    """Logits (N, 1) of a small smooth discriminator of images (N, 2, 3, 3)."""
    hidden = torch.tanh(nn.functional.conv2d(inputs, kernel, padding=1))
    return torch.tanh(hidden.flatten(1) @ weights).sum(dim=1, keepdim=True)


@pytest.mark.parametrize("penalty", [zero_centred_penalty, one_centred_penalty])
def test_second_derivatives_agree_with_finite_differences(penalty):
    inputs = inputs_of(3, 2, 3, 3)
    weights, kernel = inputs_of(18, 2), inputs_of(2, 2, 3, 3)

    def of_weights(weights, kernel):
        return penalty(inputs, smooth(inputs, weights, kernel))

    assert torch.autograd.gradcheck(of_weights, (weights, kernel))


def test_a_flat_discriminator_costs_one_where_slopes_are_drawn_to_one_and_no_nan():
    inputs = inputs_of(5, 12)
    weights = torch.zeros(12, dtype=torch.float64, requires_grad=True)
    value = one_centred_penalty(inputs, linear(inputs, weights))
    assert value.item() == 1
    (gradient,) = torch.autograd.grad(value, weights)
    assert not gradient.any()
    assert zero_centred_penalty(inputs, linear(inputs, weights)).item() == 0


def test_a_penalty_leaves_the_graph_for_the_loss_and_touches_no_gradient():
    inputs, network = inputs_of(5, 4), nn.Linear(4, 1).double()
    logits = network(inputs)
    penalty = r1_penalty(inputs, logits)
    assert network.weight.grad is None
    assert inputs.grad is None
    (logits.mean() + penalty).backward()
    expected = inputs.mean(dim=0) + 2 * network.weight
    assert torch.allclose(network.weight.grad, expected)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_half_precision_slopes_are_summed_in_single_precision(kind):
    inputs = torch.zeros(2, 3000, dtype=kind, requires_grad=True)
    value = r1_penalty(inputs, inputs.sum(dim=1, keepdim=True))
    assert value.dtype == torch.float32
    assert value.item() == 3000


@pytest.mark.parametrize("penalty", ZERO_CENTRED + ONE_CENTRED)
def test_inputs_without_a_gradient_are_refused(penalty):
    inputs = torch.zeros(5, 4)
    with pytest.raises(ValueError, match=r"requires_grad_\(\) before"):
        penalty(inputs, nn.Linear(4, 1)(inputs))


def detached(network, inputs):
    return network(inputs).detach()


def of_a_copy(network, inputs):
    return network(inputs.detach())


def of_nothing(network, inputs):
    return torch.zeros(len(inputs), 1)


@pytest.mark.parametrize("answer", [detached, of_a_copy, of_nothing])
def test_logits_that_do_not_depend_on_the_inputs_are_refused(answer):
    inputs = torch.zeros(5, 4, requires_grad=True)
    with pytest.raises(ValueError, match="do not depend on the inputs"):
        r1_penalty(inputs, answer(nn.Linear(4, 1), inputs))


def test_inputs_and_logits_in_each_others_place_are_refused():
    inputs = torch.zeros(5, 4, requires_grad=True)
    with pytest.raises(ValueError, match="do not depend on the inputs"):
        r1_penalty(nn.Linear(4, 1)(inputs), inputs)


def test_a_mean_instead_of_logits_is_refused():
    inputs = torch.zeros(5, 4, requires_grad=True)
    with pytest.raises(ValueError, match=r"\(\) logits for \(5, 4\) inputs"):
        r1_penalty(inputs, nn.Linear(4, 1)(inputs).mean())


@pytest.mark.parametrize("shape", [(400, 2), (400, 1, 3, 2), (400,)])
def test_interpolated_inputs_share_one_place_between_their_pair(shape):
    real, fake = torch.randn(2, *shape, dtype=torch.float64)
    between = interpolate(real, fake)
    shares = ((between - fake) / (real - fake)).detach().reshape(400, -1)
    assert torch.allclose(shares, shares[:, :1].expand_as(shares))
    ordered = shares[:, 0].sort().values
    assert ordered[0] >= 0
    assert ordered[-1] <= 1
    uniform = torch.linspace(0, 1, 400, dtype=torch.float64)
    assert (ordered - uniform).abs().max() < 0.1  # Kolmogorov–Smirnov, p < 0.001


def between(real, fake, generator=None):
    return interpolate(real, fake, generator=generator)


def beside(real, fake, generator=None):
    return perturb(real, fake, generator=generator)


@pytest.mark.parametrize("make", [between, beside])
def test_made_inputs_are_new_leaves_that_no_other_network_learns_from(make):
    real, fake = inputs_of(5, 3), 2 * inputs_of(5, 3)
    kept = real.detach().clone()
    made = make(real, fake)
    assert made.is_leaf
    assert made.requires_grad
    assert made.shape == real.shape
    assert made.dtype == real.dtype
    assert torch.equal(real, kept)


@pytest.mark.parametrize("make", [between, beside])
def test_made_inputs_depend_on_the_given_random_numbers_alone(make):
    real = torch.randn(5, 3)
    first, again, other = (
        make(real, -real, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    state = torch.get_rng_state()
    make(real, -real, torch.Generator().manual_seed(1))
    assert torch.equal(state, torch.get_rng_state())


def test_interpolation_needs_pairs():
    with pytest.raises(ValueError, match=r"\(5, 3\) real and \(4, 3\) fake"):
        interpolate(torch.zeros(5, 3), torch.zeros(4, 3))


def test_perturbed_inputs_carry_normal_noise_in_proportion_to_their_spread():
    real = 3 + 2 * torch.randn(200, 1, 10, 10, dtype=torch.float64)
    noise = (perturb(real, scale=0.25) - real).detach() / (
        0.25 * real.std(correction=0)
    )
    assert noise.mean().abs() < 0.03
    assert noise.std().item() == pytest.approx(1, abs=0.03)
    assert (noise.abs() < 1).double().mean().item() == pytest.approx(0.683, abs=0.02)
    assert torch.equal(perturb(real, scale=0), real)


@pytest.mark.parametrize("scale", [-0.1, float("nan")])
def test_noise_of_a_negative_scale_is_refused(scale):
    with pytest.raises(ValueError, match=f"scale={scale}; choose 0 or more"):
        perturb(torch.zeros(5, 3), scale=scale)


def test_clipping_limits_every_weight_and_bias_and_leaves_small_ones():
    network = nn.Sequential(nn.Conv2d(2, 8, 3), nn.Flatten(), nn.Linear(8, 1))
    before = copy.deepcopy(network)
    clip_weights(network, 0.05)
    for old, new in zip(before.parameters(), network.parameters()):
        assert new.requires_grad
        inside = old.abs() <= 0.05
        assert torch.equal(new[inside], old[inside])
        assert torch.equal(new[~inside], 0.05 * old[~inside].sign())
    assert any((old.abs() > 0.05).any() for old in before.parameters())


@pytest.mark.parametrize("limit", [0, -0.01, float("nan")])
def test_a_limit_that_is_not_positive_is_refused(limit):
    with pytest.raises(ValueError, match=f"limit={limit}; choose a positive one"):
        clip_weights(nn.Linear(2, 1), limit)


def convolutional():
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(6, 4, 2, stride=2),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(4 * 8 * 8, 5),
        nn.LeakyReLU(0.2),
        nn.Linear(5, 1),
    ).double()


def as_matrix(layer):
    """The weight as the matrix whose rows belong to the output channels."""
    weight = layer.weight.detach()
    if isinstance(layer, nn.ConvTranspose2d):
        weight = weight.transpose(0, 1)
    return weight.flatten(1)


def test_every_layer_has_the_spectral_norm_one_after_power_iteration():
    network = convolutional()
    plain = copy.deepcopy(network)
    assert with_spectral_norm(network) is network
    images = torch.randn(2, 2, 4, 4, dtype=torch.float64)
    for _ in range(400):
        network(images)
    network.eval()
    for index in (0, 2, 5, 7):
        matrix, before = as_matrix(network[index]), as_matrix(plain[index])
        largest = torch.linalg.svdvals(matrix)[0].item()
        assert largest == pytest.approx(1, abs=1e-6)
        expected = before / torch.linalg.svdvals(before)[0]
        assert torch.allclose(matrix, expected, atol=1e-6)


def test_normalised_dense_layers_never_make_differences_larger():
    network = nn.Sequential(nn.Linear(6, 40), nn.ReLU(), nn.Linear(40, 1)).double()
    with torch.no_grad():
        network[0].weight.mul_(30)
    one, other = torch.randn(2, 200, 6, dtype=torch.float64)
    change = (network(one) - network(other)).abs().flatten()
    assert (change > (one - other).norm(dim=1)).any()
    with_spectral_norm(network)
    for _ in range(200):
        network(one)
    change = (network(one) - network(other)).abs().flatten()
    assert (change <= (one - other).norm(dim=1) * (1 + 1e-6)).all()


def test_a_normalised_network_is_the_same_in_another_scale_and_learns():
    network = with_spectral_norm(nn.Sequential(nn.Linear(4, 1)))
    inputs = torch.randn(5, 4)
    network(inputs).sum().backward()
    names = [
        name for name, value in network.named_parameters() if value.grad is not None
    ]
    assert len(names) == 2
    before = network(inputs).detach()
    with torch.no_grad():
        network[0].parametrizations.weight.original.mul_(7)
    assert torch.allclose(network(inputs), before, atol=1e-6)


def test_spectral_norms_need_plain_layers():
    with pytest.raises(ValueError, match="Tanh has no linear or convolutional layer"):
        with_spectral_norm(nn.Tanh())
    network = nn.Sequential(nn.Linear(4, 3), with_spectral_norm(nn.Linear(3, 1)))
    with pytest.raises(ValueError, match="layer '1' is parametrised already"):
        with_spectral_norm(network)
    assert not hasattr(network[0], "parametrizations")  # nothing was changed
