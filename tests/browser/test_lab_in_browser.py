"""A reader opens notebook 05 in JupyterLab, runs all cells, and sees digits."""

import base64
import sys
from io import BytesIO

import nbformat
import numpy
import psutil
import pytest
from PIL import Image

from tests.browser.lab import (
    QUIET,
    ROOT,
    browser_path,
    jupyter_lab,
    run_all_cells,
    wait_for,
)

playwright = pytest.importorskip("playwright.sync_api", exc_type=ImportError)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser_path() is None, reason="no Chromium on the PATH"),
]
FIRST_GAN = ROOT / "notebooks" / "05_train_your_first_gan.ipynb"
ERROR = '[data-mime-type="application/vnd.jupyter.error"]'
SECONDS = 400  # far above the notebook's budget: a hang is found, a slow machine passes


@pytest.fixture
def page():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path(), args=QUIET)
        yield browser.new_page(viewport={"width": 1280, "height": 1400})
        browser.close()


def code_cells(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def without_outputs(source, target):
    """Copy a notebook such that every picture seen later comes from this run."""
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, target)


def kernel_commands(lab):
    children = psutil.Process(lab.process.pid).children(recursive=True)
    commands = [child.cmdline() for child in children]
    return [words for words in commands if "ipykernel_launcher" in words]


def main_picture(cells):
    """The alt text and the PNG of the last picture of the tagged cell."""
    (cell,) = [c for c in cells if "main-picture" in c.metadata.get("tags", [])]
    output = [o for o in cell.outputs if "image/png" in o.get("data", {})][-1]
    return output.metadata["alt"], output.data["image/png"].replace("\n", "")


def shown(page, png):
    """The picture on the page that has exactly these bytes."""
    script = """png => [...document.querySelectorAll('.jp-Notebook img')]
        .find(image => image.src.replace(/\\s/g, '').endsWith(png))"""
    return page.evaluate_handle(script, png).as_element()


def test_the_first_gan_trains_in_a_browser(page, tmp_path):
    work, settings = tmp_path / "work ü", tmp_path / "settings"
    work.mkdir()
    settings.mkdir()
    copy = work / FIRST_GAN.name
    without_outputs(FIRST_GAN, copy)
    screenshot = ROOT / "build" / "browser" / f"{copy.stem}.png"

    with jupyter_lab(work, settings) as lab:
        assert not lab.answers_without_token()
        page.goto(lab.address(copy.name))
        try:
            run_all_cells(page, lab, SECONDS)
            wait_for(
                lambda: all(cell.execution_count for cell in code_cells(copy)),
                60,
                "the saving of the executed notebook",
            )
            alt, png = main_picture(code_cells(copy))
            picture = shown(page, png)
            assert picture is not None, f"the page does not show: {alt}"
            picture.scroll_into_view_if_needed()
            assert picture.is_visible()
            box = picture.bounding_box()
        finally:
            screenshot.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=screenshot)
        assert page.locator(ERROR).count() == 0
        assert {words[0] for words in kernel_commands(lab)} == {sys.executable}

    assert "digit" in alt.lower()
    assert min(box["width"], box["height"]) >= 200
    pixels = numpy.asarray(Image.open(BytesIO(base64.b64decode(png))).convert("L"))
    assert pixels.std() > 30, "the picture is almost of one colour"
    outputs = [output for cell in code_cells(copy) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
