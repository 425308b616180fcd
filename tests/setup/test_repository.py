"""The files at the top of the repository agree with each other."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
TARGETS = [
    *("help", "lab", "run", "test", "course", "stale", "edit", "carry", "check"),
    *("margins", "other-cpu", "constraints"),
]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project():
    return tomllib.loads(read("pyproject.toml"))["project"]


@pytest.fixture(scope="module")
def dependencies(project):
    extras = project["optional-dependencies"].values()
    return [Requirement(line) for line in sum(extras, project["dependencies"])]


@pytest.fixture(scope="module")
def constraints():
    lines = [line for line in read("constraints.txt").splitlines() if line]
    return [Requirement(line) for line in lines if not line.startswith("#")]


def plain(name):
    return re.sub("[-_.]+", "-", name).lower()


def version_of(constraint):
    (specifier,) = constraint.specifier
    return specifier.version


def test_every_dependency_stands_once(dependencies):
    names = [plain(requirement.name) for requirement in dependencies]
    assert sorted(names) == sorted(set(names))


def test_constraints_hold_exact_public_versions(constraints):
    for constraint in constraints:
        (specifier,) = constraint.specifier
        assert specifier.operator == "==", constraint
        assert Version(specifier.version).local is None, constraint
        assert not constraint.url


def test_constraints_cover_every_dependency(dependencies, constraints):
    for requirement in dependencies:
        pinned = [c for c in constraints if plain(c.name) == plain(requirement.name)]
        assert pinned, f"{requirement} is not in constraints.txt: `make constraints`"
        assert all(version_of(c) in requirement.specifier for c in pinned), requirement


@pytest.mark.parametrize("python", ["3.11.0", "3.11.9", "3.12.0", "3.13.0", "3.14.0"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_constraints_pin_each_package_at_most_once(constraints, python, system):
    machine = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
        "sys_platform": system,
        "os_name": "nt" if system == "win32" else "posix",
    }
    names = [
        plain(c.name) for c in constraints if not c.marker or c.marker.evaluate(machine)
    ]
    assert sorted(names) == sorted(set(names))


def test_the_published_version_of_torch_is_the_tested_one(constraints):
    (torch,) = [c for c in constraints if c.name == "torch"]
    assert version_of(torch) == "2.13.0"
    assert torch.marker is None


def test_what_the_package_imports_is_declared(project):
    declared = {plain(Requirement(line).name) for line in project["dependencies"]}
    modules = {
        "PIL": "pillow",
        "sklearn": "scikit-learn",
        "skimage": "scikit-image",
        "IPython": "ipython",
    }
    own = {"gan_course", *sys.stdlib_module_names}
    for path in (ROOT / "gan_course").rglob("*.py"):
        pattern = r"^\s*(?:import|from)\s+(\w+)"
        for name in re.findall(pattern, path.read_text("utf-8"), re.MULTILINE):
            if name not in own:
                assert plain(modules.get(name, name)) in declared, (path, name)


def test_the_conda_environment_holds_exactly_these():
    environment = yaml.safe_load(read("environment.yml"))
    assert environment["channels"][0] == "conda-forge"
    assert environment["dependencies"] == [
        "python>=3.11",
        "pip",
        "pytorch-cpu>=2.6",
        {"pip": ["-e .[notebooks]"]},
    ]
    assert "`pytorch-cpu>=2.6` becomes `pytorch-gpu>=2.6`" in read("README.md")


@pytest.mark.skipif(sys.platform == "win32", reason="make is not part of Windows")
def test_make_alone_lists_every_command():
    answer = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    listed = re.findall(r"^make ([\w-]+) +\S", answer.stdout, re.MULTILINE)
    assert set(TARGETS) <= set(listed)


@pytest.mark.skipif(sys.platform == "win32", reason="make is not part of Windows")
def test_options_are_passed_through():
    command = ["make", "--dry-run", "lab", "ARGS=--no-browser --port 8890"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert "-m tools.lab --no-browser --port 8890" in answer.stdout
    assert "token" not in answer.stdout.lower()


def test_every_tool_that_make_calls_exists():
    for name in re.findall(r"-m tools\.(\w+)", read("Makefile") + read("README.md")):
        assert (ROOT / "tools" / f"{name}.py").exists(), name


def test_workflows_cover_the_systems_and_versions_promised(project):
    workflow = yaml.safe_load(read(".github/workflows/test.yml"))
    jobs = workflow["jobs"]
    matrix = jobs["published"]["strategy"]["matrix"]
    assert {name.split("-")[0] for name in matrix["os"]} == {
        *("ubuntu", "macos", "windows")
    }
    oldest = project["requires-python"].removeprefix(">=")
    versions = [
        line.rpartition(" ")[2]
        for line in project["classifiers"]
        if re.search(r":: 3\.\d+$", line)
    ]
    assert matrix["python"] == [oldest, versions[-1]]
    assert versions[0] == oldest
    (torch,) = [line for line in project["dependencies"] if line.startswith("torch")]
    assert any(
        torch.removeprefix("torch>=") in step.get("run", "")
        for step in jobs["oldest"]["steps"]
    )
    assert "GPU_RUNNER" in jobs["gpu"]["if"]
    for job in jobs.values():
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


def test_the_citation_names_this_version(project):
    citation = yaml.safe_load(read("CITATION.cff"))
    assert citation["version"] == project["version"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert project["version"] in read("README.md").rpartition("To cite")[2]


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(document):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", read(document)):
        assert (ROOT / target).exists(), f"{document} links to {target}"


def test_the_file_tree_of_the_readme_is_true():
    tree = re.search(r"## What is where\n+```\n(.*?)```", read("README.md"), re.DOTALL)
    folder = ROOT
    for line in tree[1].splitlines():
        name = line.split()[0]
        if name == "work/":
            continue
        path = folder / name if line.startswith(" ") else ROOT / name
        assert path.exists(), f"the README names {name}"
        folder = path if path.is_dir() and not line.startswith(" ") else folder
