# Everything else stands in pyproject.toml. Only this map cannot be written there:
# the folder data/ of a checkout is installed as the package's gan_course/_data.
from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["gan_course", "gan_course.*"]),
        "gan_course._data",
    ],
    package_dir={"gan_course._data": "data"},
    package_data={"gan_course._data": ["**/*"]},
)
