import platform

import pytest
import torch
from torch import nn

from gan_course.training import Trainer
from gan_course.training.memory import image_layout, keep_freed_memory

LAST = torch.channels_last


def convolution(layout=torch.contiguous_format):
    return nn.Sequential(nn.Linear(2, 2), nn.Conv2d(3, 4, 3)).to(memory_format=layout)


def test_images_are_laid_out_as_a_convolution_is():
    plain, last = convolution(), convolution(LAST)
    assert image_layout([plain, last], 4) == LAST
    assert image_layout([plain, plain], 4) == torch.preserve_format
    assert image_layout([last], 2) == torch.preserve_format


def test_kernels_of_which_both_orders_are_one_decide_nothing():
    pointwise = nn.Conv2d(3, 4, 1).to(memory_format=LAST)
    assert image_layout([pointwise], 4) == torch.preserve_format


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_a_training_in_channels_last_is_the_same_but_for_rounding(dtype):
    ends, strides = [], []
    for layout in (torch.contiguous_format, LAST):
        torch.manual_seed(0)
        generator = nn.Sequential(nn.Linear(2, 4 * 9), nn.Unflatten(1, (4, 3, 3)))
        generator.extend([nn.Upsample(scale_factor=2), nn.Conv2d(4, 3, 3, padding=1)])
        discriminator = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(64, 1)
        )
        pair = [
            network.to(memory_format=layout) for network in (generator, discriminator)
        ]
        images = torch.randint(0, 256, (20, 3, 6, 6)).to(dtype)
        trainer = Trainer(*pair, images, latent_size=2, batch_size=5)
        discriminator.register_forward_pre_hook(
            lambda _, inputs: strides.append(inputs[0].stride(1))
        )
        trainer.train(until=50)
        ends.append(trainer.sample(4))
    assert strides == [36] * 30 + [1] * 30
    assert torch.allclose(*ends, atol=1e-4)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's allocator only")
def test_freed_memory_is_taken_again_without_asking_the_system():
    import resource

    def pages_asked_for():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        blocks = [torch.zeros(2**18) for _ in range(20)]  # of 1 MiB
        del blocks
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    keep_freed_memory()
    pages_asked_for()
    assert pages_asked_for() < 20 * 256 / 10
