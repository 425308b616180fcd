#!/bin/sh
# Trains the generators that come with the course, with five seeds each, scores every
# run, and ships the median ones: data/generator_*.safetensors, all numbers in
# data/generators.json, and samples beside real images in build/. Every run takes one
# core for eight to eleven minutes: these networks hardly gain from a second one. Run it
# from the root of the repository; a script that was stopped goes on where it was.
# --seconds is what a core spends on one run, without its scores. After so many images
# the second dense layer of the discriminator in the recipe of glyphs is no gain any more
# (data/README.md has the numbers), so these runs do without.
set -e
export OMP_NUM_THREADS=1
for seed in 0 1 2 3 4; do
    run="build/glyphs/seed_$seed"
    python -m gan_course train --recipe glyphs --set discriminator_layers=1 \
        --images 500_000 --seed "$seed" --out "$run"
    python -m gan_course evaluate "$run"
done
python runs/publish_generators.py glyphs build/glyphs/seed_* --seconds 475
for seed in 0 1 2 3 4; do
    run="build/portraits/seed_$seed"
    python -m gan_course train --recipe portraits --images 200_000 --seed "$seed" --out "$run"
    python -m gan_course evaluate "$run"
done
python runs/publish_generators.py portraits build/portraits/seed_* --seconds 655
