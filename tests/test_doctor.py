import builtins
import shutil
from importlib import metadata
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from gan_course import files
from gan_course.datasets import catalogue
from gan_course.doctor import course, machine, report
from gan_course.doctor.finding import Finding
from tests import small_mnist


def found(look):
    return {finding.name: finding for finding in look()}


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A copy of the shipped data that a test may damage."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(files.data_folder() / "glyph_atlas.png", folder)
    save_file({"weight": torch.zeros(2)}, folder / "judge.safetensors")
    monkeypatch.setattr(files, "data_folder", lambda: folder)
    return folder


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Let the course be installed with the requirements that a test gives."""

    def install(*requirements):
        folder = tmp_path / "site" / "gan_course-9.9.dist-info"
        folder.mkdir(parents=True)
        lines = ["Metadata-Version: 2.1", "Name: gan-course", "Version: 9.9"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requirements]
        (folder / "METADATA").write_text("\n".join([*lines, "", ""]), "utf-8")
        monkeypatch.syspath_prepend(folder.parent)

    return install


def test_this_machine_can_run_the_course(data, capsys):
    assert report.main() == 0
    printed = capsys.readouterr().out
    for name in ("python", "device", "threads", "bf16", "memory", "free disk", "cache"):
        assert f"✓ {name} " in printed
    for name in ("glyphs", "digits"):
        assert f"✓ {name:<6}" in printed
    assert printed.endswith("This machine is ready for the course.\n")


def test_what_is_broken_is_marked_and_the_status_is_one(data, monkeypatch, capsys):
    monkeypatch.setenv("GAN_COURSE_SEED", "abc")
    monkeypatch.setenv("GAN_COURSE_DEVICE", "gpu0")
    assert report.main() == 1
    printed = capsys.readouterr().out
    assert "→ GAN_COURSE_SEED is 'abc'; set it to a whole number" in printed
    assert "→ There is no device 'gpu0'; choose cpu" in printed
    assert printed.endswith("see the 2 marked ✗ above.\n")


def test_a_look_that_fails_is_a_finding(monkeypatch):
    def look():
        yield Finding("half", "done")
        raise RuntimeError("the driver is gone\nmore")

    monkeypatch.setattr(report, "LOOKS", {"gpu": look})
    assert report.examine()[-1].name == "gpu"
    assert report.examine()[-1].value == "RuntimeError: the driver is gone"
    assert report.examine()[-1].state == "broken"


def test_remedies_stand_under_their_findings():
    findings = [Finding("memory", "1.0 GiB", "note", "close other programs")]
    assert report.lines(findings) == [
        "! memory  1.0 GiB",
        "          → close other programs",
    ]


def test_every_module_loads_without_the_optional_packages(monkeypatch):
    ordinary = builtins.__import__

    def without(name, *args):
        if name.partition(".")[0] in {"psutil", "sklearn", "IPython"}:
            raise ImportError(name)
        return ordinary(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    states = {finding.name: finding.state for finding in report.examine()}
    assert states["digits"] == "broken"
    assert states["device"] == states["memory"] == "fine"


def test_an_old_python_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(machine.sys, "version_info", (3, 10, 2))
    [finding] = machine.look_at_python()
    assert (finding.state, finding.remedy) == ("broken", "install Python 3.11 or newer")


def test_packages_are_compared_with_what_the_course_asks_for(installed):
    version = metadata.version("torch")
    installed(
        "torch>=2.0",
        "numpy>=99",
        "no-such-package>=1",
        "pytest>=1; extra == 'dev'",
        "no-such-helper; extra == 'dev'",
        "no-such-lab; extra == 'notebooks'",
        "pywin32; sys_platform == 'nowhere'",
    )
    result = found(machine.look_at_packages)
    assert result["gan-course"].value == "9.9"
    assert f"torch {version}" in result["packages"].value
    assert result["numpy"].remedy == "pip install 'numpy>=99'"
    assert result["no-such-package"].value == "not installed"
    assert result["numpy"].state == result["no-such-package"].state == "broken"
    assert result["no-such-helper"].state == "note"
    assert "pytest" in result["tests"].value
    assert (result["notebooks"].value, result["notebooks"].state) == (
        "not installed",
        "note",
    )
    assert "pywin32" not in str(result)


def test_a_course_that_is_not_installed_is_a_note(monkeypatch):
    def absent(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(machine.metadata, "requires", absent)
    result = found(machine.look_at_packages)
    assert result["gan-course"].state == "note"
    assert "torch" in result["packages"].value


def test_the_limit_of_a_container_counts(tmp_path, monkeypatch):
    whole, limit = machine.memory(), tmp_path / "memory.max"
    monkeypatch.setattr(machine, "CGROUP_LIMITS", (limit, tmp_path / "absent"))
    limit.write_text("max\n")
    assert machine.memory() >= whole
    limit.write_text(f"{2**30}\n")
    [finding] = machine.look_at_memory()
    assert (finding.value, finding.state) == ("1.0 GiB", "note")


def test_a_full_disk_is_a_note(monkeypatch):
    usage = shutil._ntuple_diskusage(10, 10, 2**20)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda folder: usage)
    [finding] = machine.look_at_disk()
    assert (finding.value, finding.state) == ("0.0 GiB", "note")


def test_a_mistyped_setting_gets_the_nearest_name(monkeypatch):
    monkeypatch.setenv("GAN_COURSE_SEEDS", "3")
    result = found(course.look_at_settings)
    assert result["GAN_COURSE_SEEDS"].remedy == "did you mean GAN_COURSE_SEED?"


def test_a_cache_that_cannot_be_written_is_only_a_note(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path / "cache"))
    [finding] = course.look_at_cache()
    assert finding.state == "fine"
    assert list((tmp_path / "cache").iterdir()) == []
    (tmp_path / "taken").write_bytes(b"")
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path / "taken"))
    [finding] = course.look_at_cache()
    assert finding.state == "note"
    assert "GAN_COURSE_CACHE can name another folder" in finding.remedy


def test_broken_data_and_weights_are_found(data):
    (data / "glyph_atlas.png").write_bytes(b"\x89PNG cut off")
    (data / "judge.safetensors").write_bytes(b"not weights")
    assert found(course.look_at_data)["glyphs"].state == "broken"
    assert found(course.look_at_weights)["judge"].state == "broken"
    (data / "judge.safetensors").unlink()
    assert found(course.look_at_weights)["weights"].state == "broken"


def test_sets_that_need_no_download_are_available(data, monkeypatch):
    monkeypatch.delenv("GAN_COURSE_DATA", raising=False)
    result = found(course.look_at_data)
    for name in ("glyphs", "digits", "portraits", "photos", "textures"):
        assert result[name] == Finding(name, "available offline")


def test_mnist_is_found_or_the_command_that_gets_it_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("GAN_COURSE_DATA", raising=False)
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path / "cache"))
    absent = found(course.look_at_data)["mnist"]
    assert absent.state == "fine"
    assert absent.value == (
        "not here; `python -m gan_course data get mnist` downloads 11.6 MB"
    )
    folder = small_mnist.put(tmp_path / "data" / "mnist", small_mnist.DIGITS)
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path / "data"))
    here = found(course.look_at_data)["mnist"]
    assert here == Finding("mnist", f"available offline, in {folder}")


def test_a_data_folder_that_is_none_is_a_note(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_COURSE_DATA", str(tmp_path / "absent"))
    finding = found(course.look_at_data)["mnist"]
    assert (finding.value, finding.state) == ("not here", "note")
    assert "GAN_COURSE_DATA names" in finding.remedy


def test_a_library_whose_images_are_missing_is_named(monkeypatch):
    monkeypatch.setattr(catalogue, "find_spec", lambda module: None)
    finding = found(course.look_at_data)["textures"]
    assert (finding.value, finding.state) == ("not available", "broken")
    assert finding.remedy == "it needs `pip install scikit-image`"


def test_the_home_folder_is_not_spelt_out(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("GAN_COURSE_CACHE", str(tmp_path / "cache" / "course"))
    [finding] = course.look_at_cache()
    assert finding.value == str(Path("~/cache/course"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "elsewhere")
    [finding] = course.look_at_cache()
    assert finding.value == str(tmp_path / "cache" / "course")
