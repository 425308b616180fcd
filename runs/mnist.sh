#!/bin/sh
# Trains on real MNIST for two minutes with each of five seeds, scores every run and draws
# its first hundred samples. Run it from the root of the repository; MNIST is
# downloaded unless GAN_COURSE_DATA names a folder that has it. A script that was stopped
# goes on where it was.
set -e
for seed in 0 1 2 3 4; do
    run="build/mnist/seed_$seed"
    python -m gan_course train --recipe mnist --seconds 120 --seed "$seed" --out "$run"
    python -m gan_course evaluate "$run"
    python -m gan_course sample "$run" -o "build/mnist/seed_$seed.png" --zoom 4
done
