"""How near to the speed of memory is segmentation, and does a file larger than memory go through in little of it?"""

import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from cleanlab.segmentation import rank as oracle

from benchmarks.helpers.inputs import patches
from benchmarks.helpers.measure import Clock, peak_megabytes, read
from benchmarks.helpers.table import Bar, show, twice
from labelaudit.segmentation import filter as filter_
from labelaudit.segmentation import rank

_K, _SIDE = 20, 512
_IMAGE_BYTES = _K * _SIDE * _SIDE * 2

_SETUP = """
import numpy as np
from {module} import get_label_quality_scores as score
rng = np.random.default_rng(0)
pred_probs = rng.random((20, 20, 256, 256), dtype=np.float32)
for image in pred_probs:
    image /= image.sum(axis=0)
labels = rng.integers(0, 20, (20, 256, 256))
"""

# The peak of memory that belongs to no file, and the seconds, of a walk over a file. A thread looks every few
# milliseconds, for the system keeps a peak only of all memory, file pages among it.
_STREAM = """
import sys, threading, time
import labelaudit, numpy as np
from labelaudit.segmentation import filter as filter_, rank
def own():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon")) / 1024
folder, n = sys.argv[1], int(sys.argv[2])
labels = np.load(folder + "/labels.npy", mmap_mode="r")
probs = np.load(folder + "/probs.npy", mmap_mode="r")
work = {{
    "scores": lambda: rank.get_label_quality_scores(
        labels, probs, out=np.lib.format.open_memmap(folder + "/out.npy", "w+", np.float16, labels.shape)),
    "issues": lambda: filter_.find_label_issues(labels, probs),
    "audit": lambda: labelaudit.audit("segmentation", labels, probs),
}}["{work}"]
warm_up = (np.zeros((1, 4, 4), labels.dtype), np.full((1, 20, 4, 4), 0.05, np.float16))
for array in warm_up:  # as a mapped file is, which kernels are compiled for on their own
    array.flags.writeable = False
rank.get_label_quality_scores(*warm_up), filter_.find_label_issues(*warm_up), labelaudit.audit("segmentation", *warm_up)
before, peak, done = own(), [0.0], threading.Event()
def watch():
    while not done.wait(0.005):
        peak[0] = max(peak[0], own())
watcher = threading.Thread(target=watch)
watcher.start()
start = time.perf_counter()
result = work()
seconds = time.perf_counter() - start
done.set()
watcher.join()
print(seconds, peak[0] - before)
"""


def in_memory() -> bool:
    clock = Clock()
    rng = np.random.default_rng(0)
    probs = rng.random((40, 20, 256, 256), dtype=np.float32)
    probs /= probs.sum(axis=1, keepdims=True)
    labels = rng.integers(0, 20, (40, 256, 256))
    half = labels[:20], probs[:20]
    pixels = {"method": "num_pixel_issues"}
    theirs, ours, double, one_read = clock.alternate(
        [
            lambda: oracle.get_label_quality_scores(*half, verbose=False),
            lambda: rank.get_label_quality_scores(*half),
            lambda: rank.get_label_quality_scores(labels, probs),
            lambda: read(half[1]),
        ]
    )
    pixels_theirs, pixels_ours, pixels_double, found, found_double = clock.alternate(
        [
            lambda: oracle.get_label_quality_scores(*half, verbose=False, **pixels),
            lambda: rank.get_label_quality_scores(*half, **pixels),
            lambda: rank.get_label_quality_scores(labels, probs, **pixels),
            lambda: filter_.find_label_issues(*half),
            lambda: filter_.find_label_issues(labels, probs),
        ]
    )
    rows = [
        ["softmin", theirs, ours, theirs / ours, Bar(ours / one_read, 1.5), twice(double, ours), _megabytes()],
        [
            "num_pixel_issues",
            pixels_theirs,
            Bar(pixels_ours, 0.1),
            pixels_theirs / pixels_ours,
            pixels_ours / one_read,
            twice(pixels_double, pixels_ours),
            _megabytes(', method="num_pixel_issues"'),
        ],
        ["find_label_issues", "–", found, "–", found / one_read, twice(found_double, found), "–"],
    ]
    columns = ["", "cleanlab s", "ours s", "times faster", "reads", "twice the images", "ours MB"]
    return show("Segmentation: 20 images, 20 classes, 256 x 256, float32", columns, rows, clock)


def _megabytes(options: str = "") -> float:
    work = f"score(labels, pred_probs{options})"
    warm_up = work.replace("labels, pred_probs", "labels[:1, :8, :8], pred_probs[:1, :, :8, :8]")
    return peak_megabytes(_SETUP.format(module="labelaudit.segmentation.rank"), work, warm_up)


def from_disk(most_images: int = 1000) -> bool:
    """Score a file of probabilities; as many images as take a third of the free disk at the most."""
    clock = Clock()
    with tempfile.TemporaryDirectory(dir=os.environ.get("LABELAUDIT_BENCH_DIR")) as folder:
        disk = os.statvfs(folder)
        n = min(most_images, disk.f_bavail * disk.f_frsize // 3 // _IMAGE_BYTES)
        _write(Path(folder), n)
        size = n * _IMAGE_BYTES
        megabytes = dict.fromkeys(("scores", "issues", "audit"), 0.0)

        def streamed(work: str) -> float:
            _let_go(folder)
            seconds, peak = _streamed(folder, n, work)
            megabytes[work] = max(megabytes[work], peak)
            return seconds

        def file_read() -> float:
            _let_go(folder)
            return _read(Path(folder) / "probs.npy")

        read_seconds, *others = clock.medians([file_read, *(partial(streamed, work) for work in megabytes)])
    rows: list[list[object]] = [["the file read", read_seconds, size / read_seconds / 1e9, "–", "–"]]
    for (work, peak), seconds in zip(megabytes.items(), others, strict=True):
        speed = read_seconds / seconds
        rows.append(
            [
                work,
                seconds,
                size / seconds / 1e9,
                Bar(speed, 0.5, least=True) if work == "scores" else speed,
                Bar(peak, 500),
            ]
        )
    columns = ["", "s", "GB/s", "of the reading speed", "MB beyond the page cache"]
    return show(
        f"Segmentation: {n:,} images of 20 x 512 x 512 float16 on disk, {size / 1e9:.1f} GB", columns, rows, clock
    )


def _write(folder: Path, n: int) -> None:
    # patches of a class each that a model sees more or less well, a fiftieth of them annotated as another class
    rng = np.random.default_rng(0)
    truth = rng.integers(0, _K, (4, _SIDE // 32, _SIDE // 32))
    some = rng.random((4, _K, _SIDE, _SIDE), dtype=np.float32)
    some += 20 * patches(np.equal.outer(np.arange(_K), truth).swapaxes(0, 1)) * rng.random((4, 1, _SIDE, _SIDE))
    some /= some.sum(axis=1, keepdims=True)
    probs = np.lib.format.open_memmap(folder / "probs.npy", "w+", np.float16, (n, _K, _SIDE, _SIDE))
    for i in range(n):
        probs[i] = some[i % 4]
    probs.flush()
    given = truth[np.arange(n) % 4]
    given = np.where(rng.random(given.shape) < 1 / 50, rng.integers(0, _K, given.shape), given)
    np.save(folder / "labels.npy", patches(given.astype(np.uint8)))


def _let_go(folder: str) -> None:
    """Drop what the page cache holds of the files, so that the disk is read."""
    for path in Path(folder).glob("*.npy"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _read(path: Path) -> float:
    start = time.perf_counter()
    buffer = bytearray(8 << 20)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return time.perf_counter() - start


def _streamed(folder: str, n: int, work: str) -> tuple[float, float]:
    code = _STREAM.format(work=work)
    done = subprocess.run([sys.executable, "-c", code, folder, str(n)], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    return seconds, megabytes


def main() -> bool:
    return in_memory() & from_disk(int(os.environ.get("LABELAUDIT_BENCH_IMAGES", "1000")))
