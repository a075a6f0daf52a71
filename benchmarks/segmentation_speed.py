"""How much faster is segmentation than cleanlab's, and does a file larger than memory go through in little of it?"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from cleanlab.segmentation import rank as oracle

from benchmarks.measure import Bar, alternate, peak_megabytes, show
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
    rng = np.random.default_rng(0)
    probs = rng.random((40, 20, 256, 256), dtype=np.float32)
    probs /= probs.sum(axis=1, keepdims=True)
    labels = rng.integers(0, 20, (40, 256, 256))
    half = labels[:20], probs[:20]
    theirs, ours, twice = alternate(
        [
            lambda: oracle.get_label_quality_scores(*half, verbose=False),
            lambda: rank.get_label_quality_scores(*half),
            lambda: rank.get_label_quality_scores(labels, probs),
        ],
        9,
    )
    rows: list[list[object]] = [
        ["softmin", theirs, ours, Bar(theirs / ours, 2, least=True), Bar(twice / ours, 2.2, least=False), _megabytes()]
    ]
    issues = {"method": "num_pixel_issues"}
    start = time.perf_counter()
    oracle.get_label_quality_scores(*half, verbose=False, **issues)
    theirs = time.perf_counter() - start
    ours, twice, found, both = alternate(
        [
            lambda: rank.get_label_quality_scores(*half, **issues),
            lambda: rank.get_label_quality_scores(labels, probs, **issues),
            lambda: filter_.find_label_issues(*half),
            lambda: filter_.find_label_issues(labels, probs),
        ],
        5,
    )
    rows.append(
        [
            "num_pixel_issues",
            theirs,
            ours,
            Bar(theirs / ours, 100, least=True),
            Bar(twice / ours, 2.2, least=False),
            _megabytes(', method="num_pixel_issues"'),
        ]
    )
    rows.append(["find_label_issues", "–", found, "–", Bar(both / found, 2.2, least=False), "–"])
    columns = ["", "cleanlab s", "ours s", "times faster", "twice the images", "ours MB"]
    return show("Segmentation: 20 images, 20 classes, 256 x 256, float32", columns, rows)


def _megabytes(options: str = "") -> float:
    work = f"score(labels, pred_probs{options})"
    warm_up = work.replace("labels, pred_probs", "labels[:1, :8, :8], pred_probs[:1, :, :8, :8]")
    return peak_megabytes(_SETUP.format(module="labelaudit.segmentation.rank"), work, warm_up)


def from_disk(most_images: int = 1000) -> bool:
    """Score a file of probabilities; as many images as take a third of the free disk at the most."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("LABELAUDIT_BENCH_DIR")) as folder:
        disk = os.statvfs(folder)
        n = min(most_images, disk.f_bavail * disk.f_frsize // 3 // _IMAGE_BYTES)
        _write(Path(folder), n)
        size = n * _IMAGE_BYTES
        rows: list[list[object]] = []
        # the faster of a reading before and one after, for the speed of a disk moves
        read = _cold(folder, lambda: _read(Path(folder) / "probs.npy"))
        streamed = {
            work: _cold(folder, lambda work=work: _streamed(folder, n, work)) for work in ("scores", "issues", "audit")
        }
        read = min(read, _cold(folder, lambda: _read(Path(folder) / "probs.npy")))
        rows.append(["the file read", read, size / read / 1e9, "–", "–"])
        for work, (seconds, megabytes) in streamed.items():
            speed = read / seconds
            rows.append(
                [
                    work,
                    seconds,
                    size / seconds / 1e9,
                    Bar(speed, 0.5, least=True) if work == "scores" else speed,
                    Bar(megabytes, 500, least=False),
                ]
            )
    columns = ["", "s", "GB/s", "of the reading speed", "MB beyond the page cache"]
    return show(f"Segmentation: {n:,} images of 20 x 512 x 512 float16 on disk, {size / 1e9:.1f} GB", columns, rows)


def _write(folder: Path, n: int) -> None:
    # patches of a class each that a model sees more or less well, a fiftieth of them annotated as another class
    rng = np.random.default_rng(0)
    truth = rng.integers(0, _K, (4, _SIDE // 32, _SIDE // 32))
    some = rng.random((4, _K, _SIDE, _SIDE), dtype=np.float32)
    some += 20 * _patches(np.equal.outer(np.arange(_K), truth).swapaxes(0, 1)) * rng.random((4, 1, _SIDE, _SIDE))
    some /= some.sum(axis=1, keepdims=True)
    probs = np.lib.format.open_memmap(folder / "probs.npy", "w+", np.float16, (n, _K, _SIDE, _SIDE))
    for i in range(n):
        probs[i] = some[i % 4]
    probs.flush()
    given = truth[np.arange(n) % 4]
    given = np.where(rng.random(given.shape) < 1 / 50, rng.integers(0, _K, given.shape), given)
    np.save(folder / "labels.npy", _patches(given.astype(np.uint8)))


def _patches(classes: np.ndarray) -> np.ndarray:
    return classes.repeat(32, axis=-1).repeat(32, axis=-2)


def _cold(folder: str, work):
    # what the page cache holds of the file is let go, so that both sides read the disk
    for path in Path(folder).glob("*.npy"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return work()


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


if __name__ == "__main__":
    main()
