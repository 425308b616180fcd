#!/bin/sh
# Trains the generators that come with the course for ten minutes each, with five seeds,
# scores every run, and ships the median ones: data/generator_*.safetensors, all numbers
# in data/generators.json, and samples beside real images in build/. Run it from the root
# of the repository, on a machine that does nothing else meanwhile; a script that was
# stopped goes on where it was.
set -e
for seed in 0 1 2 3 4; do
    run="build/glyphs/seed_$seed"
    python -m gan_course train --recipe glyphs --seconds 600 --seed "$seed" --out "$run"
    python -m gan_course evaluate "$run"
done
python runs/publish_generators.py glyphs build/glyphs/seed_* --seconds 600
for seed in 0 1 2 3 4; do
    run="build/portraits/seed_$seed"
    python -m gan_course train --recipe portraits --seconds 600 --seed "$seed" --out "$run"
    python -m gan_course evaluate "$run"
done
python runs/publish_generators.py portraits build/portraits/seed_* --seconds 600
