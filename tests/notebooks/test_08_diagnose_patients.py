"""The patients of notebook 08: each has its fault, and the page's tests find it."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from gan_course.checks import patients
from gan_course.losses import LOSSES
from gan_course.penalties import r1_penalty
from gan_course.training.steps import Penalty, discriminator_step, generator_step

NAME = "08_diagnose_a_broken_gan"


@pytest.fixture(scope="module")
def healthy(taught):
    """The five functions that make a healthy run, as the page defines them."""
    taught["loss"] = LOSSES["non-saturating"]
    taught["device"] = torch.device("cpu")
    names = ("prepare", "new_discriminator", "new_optimisers", "step", "draw")
    return {name: taught[name] for name in names}


@pytest.fixture
def clinic(healthy):
    """admit(changes) → a small run before its first step, on made-up pictures."""

    def admit(changes):
        torch.manual_seed(0)
        gan = SimpleNamespace(**(healthy | changes), gamma=5.0)
        pixels = torch.randint(0, 256, (64, 1, 28, 28), dtype=torch.uint8)
        gan.data = gan.prepare(pixels)
        gan.generator = nn.Sequential(
            nn.Linear(64, 32),
            nn.BatchNorm1d(32),
            nn.LeakyReLU(0.2),
            nn.Linear(32, 784),
            nn.Tanh(),
            nn.Unflatten(1, (1, 28, 28)),
        )
        gan.discriminator = gan.new_discriminator()
        gan.optimisers = gan.new_optimisers(gan.generator, gan.discriminator)
        gan.g_optimiser, gan.d_optimiser = gan.optimisers
        return gan

    return admit


def test_the_step_on_the_page_does_what_the_steps_of_the_package_do(clinic):
    gan, loss = clinic({}), LOSSES["non-saturating"]
    penalties = {"R1": Penalty(r1_penalty, gamma=5.0)}
    torch.manual_seed(1)
    readings = gan.step(gan, gan.data.clone())

    same = clinic({})
    torch.manual_seed(1)
    fake = same.generator(torch.randn(64, 64))
    d_terms = discriminator_step(same.discriminator, same.data, fake, loss, penalties)
    sum(d_terms.values()).backward()
    same.d_optimiser.step()
    g_terms = generator_step(same.discriminator, same.data, fake, loss)
    g_terms["generator"].backward()
    size = patients.gradient_size(same.generator)
    same.g_optimiser.step()

    expected = d_terms["discriminator"], g_terms["generator"], d_terms["R1"], size
    assert torch.allclose(readings[[0, 1, 4, 5]], torch.stack(expected), rtol=1e-5)
    for network in ("generator", "discriminator"):
        stepped = zip(
            getattr(gan, network).parameters(),
            getattr(same, network).parameters(),
            strict=True,
        )
        assert all(torch.allclose(a, b, atol=1e-6) for a, b in stepped)


CHANGED = {1: (1, 1), 2: (1, 1), 3: (3, 2), 4: (2, 2), 5: (1, 1), 6: (1, 0)}


@pytest.mark.parametrize("patient", patients.PATIENTS)
def test_a_patient_differs_from_the_page_in_few_lines(patient, healthy, capsys):
    patients.print_cause(patient, healthy)
    lines = capsys.readouterr().out.splitlines()[1:]
    removed = sum(line.startswith("-") for line in lines)
    assert (removed, len(lines) - removed) == CHANGED[patient]


def weights_after(network, action):
    before = [weights.clone() for weights in network.parameters()]
    action()
    after = network.parameters()
    return max((a - b).abs().max().item() for a, b in zip(after, before, strict=True))


def gradient_in_the_discriminators_half(gan):
    """G's gradient when D is updated, in a step that starts without one."""
    seen = []

    def look(*_):
        seen.append(patients.gradient_size(gan.generator).item())

    gan.d_optimiser.register_step_pre_hook(look)
    gan.step(gan, gan.data.clone())
    return seen[0]


def test_only_patient_3_has_a_gradient_in_g_when_d_is_updated(clinic):
    assert gradient_in_the_discriminators_half(clinic(patients.PATIENTS[3])) > 0
    for others in ({}, *(patients.PATIENTS[k] for k in (1, 2, 4, 5, 6))):
        assert gradient_in_the_discriminators_half(clinic(others)) == 0


def test_patient_3_keeps_the_gradients_of_earlier_steps(clinic):
    def leftover(changes):
        gan = clinic(changes)
        for weights in gan.generator.parameters():
            weights.grad = torch.full_like(weights, 1e3)
        gan.step(gan, gan.data.clone())
        return gan.generator[0].weight.grad.median().item()

    assert leftover(patients.PATIENTS[3]) > 500
    assert leftover({}) < 500


def test_only_the_optimiser_of_patient_4_moves_d_in_its_generators_half(clinic):
    def moved(changes):
        gan = clinic(changes)
        gan.step(gan, gan.data.clone())
        gan.discriminator.zero_grad()
        gan.generator.zero_grad()
        gan.discriminator(gan.generator(torch.randn(8, 64))).mean().backward()
        return weights_after(gan.discriminator, gan.g_optimiser.step)

    assert moved(patients.PATIENTS[4]) > 0
    assert moved({}) == 0


def test_the_penalty_of_patient_5_has_no_effect(clinic):
    def effect(changes):
        slopes = []
        for gamma in (0.0, 5.0):
            gan = clinic(changes)
            gan.gamma = gamma
            gan.d_optimiser.step = lambda gan=gan: slopes.append(
                gan.discriminator[1].weight.grad.clone()
            )
            torch.manual_seed(1)
            gan.step(gan, gan.data.clone())
        return (slopes[0] - slopes[1]).abs().max().item()

    assert effect(patients.PATIENTS[5]) == 0
    assert effect({}) > 0


def test_patient_1_answers_between_0_and_1_and_cannot_pay_less_than_its_floor(clinic):
    gan = clinic(patients.PATIENTS[1])
    loud = 100 * torch.randn(500, 1, 28, 28)
    answers = gan.discriminator(loud)
    assert answers.min() >= 0
    assert answers.max() <= 1
    floor = math.log(1 + math.exp(-1)) + math.log(2)
    right = LOSSES["non-saturating"].discriminator(torch.ones(3, 1), torch.zeros(3, 1))
    assert math.isclose(right.item(), floor, rel_tol=1e-6)
    assert clinic({}).discriminator(loud).min() < 0


def test_patient_2_sees_a_range_of_its_own(clinic):
    assert clinic(patients.PATIENTS[2]).data.min() == 0
    assert clinic({}).data.min() == -1


def test_patient_6_stays_in_evaluation_mode(clinic):
    for changes, training in ((patients.PATIENTS[6], False), ({}, True)):
        gan = clinic(changes)
        gan.draw(gan, torch.randn(4, 64))
        assert gan.generator.training == training
        gan.step(gan, gan.data.clone())
        assert gan.generator[1].num_batches_tracked == int(training)


def test_the_three_faults_that_no_patient_has_show_what_the_checks_say(clinic):
    def last_readings(changes, upset=lambda gan: None):
        gan = clinic(changes)
        upset(gan)
        readings = [gan.step(gan, gan.data.clone()) for _ in range(60)]
        return torch.stack(readings).T

    def freeze(gan):
        gan.d_optimiser.step = lambda: None

    frozen = last_readings({}, freeze)
    assert frozen[2].max() - frozen[2].min() < 1e-5
    assert frozen[1, -1] < frozen[1, 0]

    def with_loss(discriminator, generator):
        def step(gan, real):
            before = patients.loss
            patients.loss = SimpleNamespace(
                discriminator=discriminator, generator=generator
            )
            try:
                return patients.PATIENTS[5]["step"](gan, real)
            finally:
                patients.loss = before

        return {"step": step}

    plain = LOSSES["non-saturating"]
    swapped = last_readings(
        with_loss(lambda r, f: plain.discriminator(f, r), plain.generator)
    )
    assert swapped[2, -1] < 0 < swapped[3, -1]
    saturated = last_readings(with_loss(*LOSSES["minimax"]))
    assert saturated[1].max() < 0


def changed(function, old, new):
    """The function with one line of its source changed."""
    source = "\n".join(patients.written(function))
    assert source.count(old) == 1
    namespace = dict(function.__globals__)
    exec(source.replace(old, new), namespace)
    return {function.__name__: namespace[function.__name__]}


@pytest.fixture
def faults_found(taught, clinic):
    """faults_found(changes) → what the page's tests find, on made-up pictures."""

    def found(changes):
        gan = clinic(changes)
        taught["images"] = torch.arange(64 * 784).view(64, 1, 28, 28).to(torch.uint8)
        gan.latents = torch.randn(8, 64)
        return [fault for fault, yes in taught["tests"](gan).items() if yes]

    return found


def test_the_tests_find_every_patients_fault_and_no_other(faults_found):
    found = {number: faults_found(fault) for number, fault in patients.PATIENTS.items()}
    assert found == {
        1: ["sigmoid"],
        2: ["range"],
        3: ["detach", "clear"],
        4: ["one optimiser"],
        5: ["penalty"],
        6: ["mode"],
    }
    assert faults_found({}) == []


CLEARED = "gan.g_optimiser.zero_grad()\n    g_loss.backward()"
HALVES = {
    "detach": ("g_loss.backward()", CLEARED),
    "clear": ("= fake", "= fake.detach()"),
}


@pytest.mark.parametrize("left", HALVES)
def test_the_tests_tell_the_two_faults_of_patient_3_apart(left, faults_found):
    half = changed(patients.PATIENTS[3]["step"], *HALVES[left])
    assert faults_found(half) == [left]


def test_a_missing_detach_alone_changes_nothing_that_is_trained(healthy, clinic):
    half = changed(patients.PATIENTS[3]["step"], *HALVES["detach"])
    trained = []
    for changes in (half, {}):
        gan = clinic(changes)
        torch.manual_seed(1)
        for _ in range(3):
            gan.step(gan, gan.data.clone())
        trained.append(gan.generator[0].weight)
    assert torch.equal(*trained)


NO_GRADIENT = "gan.d_optimiser.zero_grad()\n    gan.d_optimiser.step()"


@pytest.mark.parametrize("line", ["pass", NO_GRADIENT])
def test_the_tests_stop_at_a_player_that_never_moves(line, healthy, faults_found):
    assert faults_found(changed(healthy["step"], "gan.d_optimiser.step()", line)) == [
        "frozen"
    ]
    without_g = changed(healthy["step"], "gan.g_optimiser.step()", "pass")
    assert faults_found(without_g) == ["frozen"]


def test_gradient_size_is_the_length_of_the_whole_gradient():
    network = nn.Linear(2, 1)
    assert patients.gradient_size(network) == 0
    network(torch.tensor([[2.0, 1.0]])).sum().backward()
    assert math.isclose(patients.gradient_size(network), math.sqrt(6), rel_tol=1e-6)
