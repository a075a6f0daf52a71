"""What the tests of formats share."""

from dataclasses import replace

import pytest

from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import FORMATS, read_labels


@pytest.fixture
def rewrite(tmp_path):
    """Give what is written of labels with these changes: the path of a file or folder called as the given one."""

    def rewrite(where, holds, *changes, names=None):
        location = locate(where)
        source = read_labels(location, holds, names).source
        if names is not None:
            source = replace(source, options={**source.options, "class_names": names})
        folder = tmp_path / f"written {len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        FORMATS[source.format].write(source, changes, folder / location.path.name)
        return folder / location.path.name

    return rewrite
