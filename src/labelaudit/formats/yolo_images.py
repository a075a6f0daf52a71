"""The images of a YOLO data set: where they lie, and how large they are."""

from __future__ import annotations

from pathlib import Path

from labelaudit.errors import InputError

_IMAGES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
_ORIENTATION = 274  # the EXIF tag; 5 to 8 are pictures that lie on their side


def images_in(folder: Path) -> list[Path]:
    """Return the images in a folder, sorted by name."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _IMAGES)


def folder_of_images(folder: Path, given: Path | None) -> Path:
    """Return the folder of the images that the text files in a folder are of: the given one, or where YOLO has them."""
    parts = folder.absolute().parts
    places = [folder, folder.absolute().parent / "images"]
    if "labels" in parts:
        last = len(parts) - 1 - parts[::-1].index("labels")
        places.insert(1, Path(*parts[:last], "images", *parts[last + 1 :]))
    for place in places if given is None else [given]:
        if place.is_dir() and images_in(place):
            return place
    looked = ", ".join(map(str, dict.fromkeys(places))) if given is None else given
    raise InputError(
        f"{folder}: expected the images that the boxes are fractions of, none in {looked}; name their folder"
    )


def size_of(path: Path) -> tuple[int, int]:
    """Return the width and height of an image as it is shown, from the head of its file."""
    try:
        from PIL import Image
    except ImportError as problem:
        raise InputError(
            f"{path}: Pillow is needed to read the size of images; pip install 'labelaudit[app]'"
        ) from problem
    try:
        with Image.open(path) as image:  # reads the head of the file only
            width, height = image.size
            # of a JPEG the EXIF stands in the head; of a PNG Pillow would read all of the picture for it
            sideways = image.format in {"JPEG", "MPO"} and image.getexif().get(_ORIENTATION, 1) >= 5
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as problem:
        raise InputError(f"{path}: cannot be read as an image ({problem})") from problem
    return (height, width) if sideways else (width, height)
