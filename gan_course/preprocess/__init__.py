"""Preprocessing: clean raw files, find duplicates, split, and standardise images."""

from gan_course.preprocess.cleaning import Cleaning, clean_folder
from gan_course.preprocess.groups import near_duplicate_groups, repeated
from gan_course.preprocess.hashing import hash_distance, perceptual_hash, signature
from gan_course.preprocess.outliers import is_blank, is_noise, outlier_scores
from gan_course.preprocess.report import Finding, Report
from gan_course.preprocess.splitting import split_groups
from gan_course.preprocess.standardise import Standardise

__all__ = [
    "Cleaning",
    "Finding",
    "Report",
    "Standardise",
    "clean_folder",
    "hash_distance",
    "is_blank",
    "is_noise",
    "near_duplicate_groups",
    "outlier_scores",
    "perceptual_hash",
    "repeated",
    "signature",
    "split_groups",
]
