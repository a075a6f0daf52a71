"""NumPy files, opened without reading them whole and without unpickling anything."""

from __future__ import annotations

import numpy as np

from labelaudit.errors import InputError
from labelaudit.formats.location import Location


def read_array(location: Location) -> np.ndarray:
    """Return the array of an .npy file (memory-mapped) or of an .npz file (its only array, or the named one)."""
    path, key = location
    try:
        if path.suffix == ".npy":
            mapped: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
            return mapped
        with np.load(path, allow_pickle=False) as arrays:
            names = list(arrays)
            if key is None and len(names) == 1:
                key = names[0]
            if key not in names:
                raise InputError(
                    f"{path}: expected a key after the file, one of {', '.join(names)}, as in {path}:{names[0]}"
                )
            array: np.ndarray = arrays[key]
            return array
    except InputError:
        raise
    except (ValueError, OSError, EOFError) as problem:
        raise InputError(f"{path}: cannot be read as a NumPy array without pickled objects ({problem})") from problem
