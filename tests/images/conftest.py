"""What several tests of image files need."""

import pytest

from gan_course.images import ImageFileError, load_image


@pytest.fixture
def refuse(tmp_path):
    """Refuse the content of a file, and return the error."""

    def refuse(content, **options):
        path = tmp_path / "some picture.png"
        path.write_bytes(content)
        with pytest.raises(ImageFileError) as raised:
            load_image(path, **options)
        return raised.value

    return refuse
