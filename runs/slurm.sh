#!/bin/sh
#SBATCH --job-name=gan-course
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=32
#SBATCH --time=01:00:00
# Trains a recipe on all GPUs of several machines: two with four GPUs each, here. They
# need one folder that all of them see, and the course installed in it.
#
#     sbatch runs/slurm.sh
#
# The batch is the one of all processes together, so it is larger here than on one GPU.
# A job that ran out of time goes on when it is submitted again.
set -e
first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
srun torchrun \
    --nnodes "$SLURM_NNODES" --nproc-per-node "$SLURM_GPUS_ON_NODE" \
    --rdzv-id "$SLURM_JOB_ID" --rdzv-backend c10d --rdzv-endpoint "$first:29500" \
    -m gan_course train --recipe dcgan \
    --set batch_size=256 --images 4_000_000 --precision bf16 --out build/dcgan_on_eight
