"""The same images, however they come, give the same, bit for bit."""

from collections.abc import Sequence

import array_api_strict
import h5py
import numpy as np
import pytest
import zarr

import labelaudit
from labelaudit.errors import InputError
from labelaudit.segmentation import filter as filter_
from labelaudit.segmentation import rank, summary
from segmentation.data import images, tenths


class OnDisk:
    """Has the shape, type and chunks of an HDF5 or zarr array, and is read an image at a time."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.chunks = (1, *array.shape[1:])

    def __getitem__(self, place):
        assert isinstance(place, int | np.integer)
        return self.array[place]

    def __len__(self):
        return len(self.array)


class Counted(Sequence):
    """Images that are counted as they are read."""

    def __init__(self, images):
        self.images, self.reads = images, [0] * len(images)

    def __getitem__(self, place):
        self.reads[place] += 1
        return self.images[place]

    def __len__(self):
        return len(self.images)


def _forms(labels, probs, folder):
    np.save(folder / "probs.npy", probs)
    yield list(labels), list(probs)
    yield labels, np.load(folder / "probs.npy", mmap_mode="r")
    yield OnDisk(labels), OnDisk(probs)
    with h5py.File(folder / "both.h5", "w") as file:
        yield file.create_dataset("labels", data=labels), file.create_dataset("probs", data=probs)
    group = zarr.open_group(folder / "both.zarr", mode="w")
    chunks = (1, *probs.shape[1:])
    yield (
        group.create_array("labels", data=labels, chunks=labels.shape),
        group.create_array("probs", data=probs, chunks=chunks),
    )
    yield labels.astype(np.uint8), np.asfortranarray(probs)
    yield labels.astype(float), probs.astype(probs.dtype.newbyteorder())
    yield None, lambda: zip(labels, probs, strict=True)


def _same(found, expected):
    for ours, whole in zip(found, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), whole)


@pytest.mark.parametrize("threads", ["1", "3"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_all_forms_and_threads_give_the_same(tmp_path, monkeypatch, dtype, threads):
    labels, probs = images(7, dtype=dtype)
    probs[:, :, :, ::3] = tenths(probs[:, :, :, ::3])
    labels[:, 3:5] = 255
    options = {"ignore_index": 255}
    expected = [rank.get_label_quality_scores(labels, probs, method=m, **options) for m in rank.METHODS]
    mask = filter_.find_label_issues(labels, probs, **options)
    issues = labelaudit.audit("segmentation", labels, probs, **options).issues
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", threads)
    for form in _forms(labels, probs, tmp_path):
        for method, whole in zip(rank.METHODS, expected, strict=True):
            _same(rank.get_label_quality_scores(*form, method=method, **options), whole)
        _same(filter_.find_label_issues(*form, **options), mask)
        assert labelaudit.audit("segmentation", *form, **options).issues.equals(issues)


def _torch(array):
    torch = pytest.importorskip("torch", reason="torch is not installed: segmentation on it is not tested")
    return torch.asarray(array)


@pytest.mark.parametrize("library", [array_api_strict.asarray, _torch], ids=["array-api-strict", "torch"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("downsample", [1, 2])
def test_what_comes_in_another_array_library_goes_back_in_it(library, dtype, downsample):
    labels, probs = images(5, dtype=dtype)
    labels[:, 3:5] = 255
    options = {"ignore_index": 255}
    theirs = library(labels), library(probs)
    for method, more in (("softmin", {}), ("num_pixel_issues", {"downsample": downsample})):
        found = rank.get_label_quality_scores(*theirs, method=method, boundary_width=1, **options, **more)
        expected = rank.get_label_quality_scores(labels, probs, method=method, boundary_width=1, **options, **more)
        for ours, whole in zip(found, expected, strict=True):
            assert type(ours) is type(theirs[1])
            np.testing.assert_array_equal(np.asarray(ours), whole)
        assert type(rank.issues_from_scores(*found)) is type(theirs[1])
    mask = filter_.find_label_issues(labels, probs, downsample=downsample, **options)
    found = filter_.find_label_issues(*theirs, downsample=downsample, **options)
    np.testing.assert_array_equal(np.asarray(found), mask)
    assert labelaudit.audit("segmentation", *theirs, **options).issues.equals(
        labelaudit.audit("segmentation", labels, probs, **options).issues
    )
    both = summary.common_label_issues(found, *theirs), summary.common_label_issues(mask, labels, probs)
    assert both[0].equals(both[1])
    chosen = summary.filter_by_class(1, found, *theirs)
    np.testing.assert_array_equal(np.asarray(chosen), summary.filter_by_class(1, mask, labels, probs))


def test_images_of_different_sizes_come_back_in_a_list():
    (first, second), probs = ([[0, 1]], [[1], [0], [0]]), [np.full((2, 1, 2), 0.5), np.full((2, 3, 1), 0.5)]
    scores, pixels = rank.get_label_quality_scores([np.array(first), np.array(second)], probs)
    np.testing.assert_allclose(scores, 0.5)
    assert [image.shape for image in pixels] == [(1, 2), (3, 1)]
    assert [image.shape for image in filter_.find_label_issues([first, second], probs)] == [(1, 2), (3, 1)]


def test_no_images_have_no_scores():
    scores, pixels = rank.get_label_quality_scores(np.zeros((0, 4, 4), int), np.zeros((0, 2, 4, 4)))
    assert scores.shape == (0,)
    assert pixels.shape == (0, 4, 4)
    assert rank.get_label_quality_scores([], [])[1] == []


@pytest.mark.parametrize("method", rank.METHODS)
def test_ignored_pixels_count_nowhere(method):
    labels, probs = images(4)
    cut = rank.get_label_quality_scores(labels[:, 6:], probs[:, :, 6:], method=method)
    labels[:, :6] = -100
    probs[:, :, :6] = np.nan
    scores, pixels = rank.get_label_quality_scores(labels, probs, method=method, ignore_index=-100)
    np.testing.assert_allclose(scores, cut[0], rtol=1e-12)
    assert np.isnan(pixels[:, :6]).all()
    np.testing.assert_array_equal(pixels[:, 6:], cut[1])


@pytest.mark.parametrize("method", rank.METHODS)
def test_an_image_of_ignored_pixels_alone_scores_one(method):
    labels, probs = images(3)
    labels[1] = 255
    assert rank.get_label_quality_scores(labels, probs, method=method, ignore_index=255)[0][1] == 1


def test_out_takes_the_pixel_scores(tmp_path):
    labels, probs = images(3, dtype=np.float16)
    out = np.lib.format.open_memmap(tmp_path / "out.npy", "w+", np.float16, labels.shape)
    _, pixels = rank.get_label_quality_scores(labels, probs, out=out)
    assert pixels is out
    np.testing.assert_array_equal(out, rank.get_label_quality_scores(labels, probs)[1])
    with pytest.raises(InputError, match=r"out: expected floats of shape \(3, 24, 20\)"):
        rank.get_label_quality_scores(labels, probs, out=out[:2])


def test_the_band_along_edges_leaves_the_image_score():
    labels = np.zeros((1, 1, 8), int)
    labels[..., 4:] = 1
    of_one = np.array([0.1, 0.1, 0.1, 0.95, 0.05, 0.9, 0.9, 0.9])  # an edge that the annotator saw differently
    probs = np.stack([1 - of_one, of_one])[None, :, None, :]
    for method in rank.METHODS:
        whole = rank.get_label_quality_scores(labels, probs, method=method)[0]
        inner = rank.get_label_quality_scores(labels, probs, method=method, boundary_width=1)[0]
        assert whole[0] < inner[0]
        assert inner[0] == pytest.approx(0.9 if method == "softmin" else 1)


REFUSED = [
    (lambda y, p: (y + 4, p), r"labels: expected classes 0\.\.4, image 0, pixel \(0, \d+\) holds"),
    (lambda y, p: (y[:, 1:], p), r"labels: expected shape \(3, 24, 20\), got \(3, 23, 20\)"),
    (lambda y, p: (y, p * np.nan), r"pred_probs: expected floats in \[0, 1\], image 0, pixel \(0, 0\) holds nan"),
    (lambda y, p: (y, np.log(p)), r"image 0, pixel \(0, 0\) holds -.*softmax"),
    (lambda y, p: (y, p[0]), r"expected shape \(N, K, H, W\).*pass pred_probs\[None\]"),
    (lambda y, p: (list(y), [p[0], p[1], p[2][:4]]), r"expected shape \(5, H, W\), image 2 has \(4, 24, 20\)"),
    (lambda y, p: (list(y), [p[0], p[1][:, :9], p[2]]), r"labels: expected shape \(9, 20\).*image 1 has \(24, 20\)"),
    (lambda y, p: (y[:2], list(p)), "labels: expected 3 images"),
    (lambda y, p: (None, zip(y, p, strict=True)), "an iterator can be walked only once"),
    (lambda y, p: (None, p), "labels: expected .* got None"),
    (lambda y, p: (y + 0.5, p), r"labels: expected integers 0\.\.K-1, image 0, pixel \(0, 0\) holds"),
    (lambda y, p: (y.astype(str), p), "labels: expected integers"),
]


@pytest.mark.parametrize(("spoil", "message"), REFUSED)
def test_refusals_name_image_and_pixel(spoil, message):
    labels, probs = spoil(*images())
    for function in (rank.get_label_quality_scores, filter_.find_label_issues):
        with pytest.raises(InputError, match=message):
            function(labels, probs)


def test_the_probabilities_of_little_data_are_read_once_and_of_more_once_a_walk(monkeypatch):
    labels, probs = images(4)
    counted = Counted(probs)
    labelaudit.audit("segmentation", labels, counted)
    assert counted.reads == [2, 1, 1, 1]  # of the first also for its shape
    monkeypatch.setattr("labelaudit.segmentation._posterior._KEPT_BYTES", 0)
    more = Counted(probs)
    labelaudit.audit("segmentation", labels, more)
    assert more.reads == [3, 2, 2, 2]
    monkeypatch.setattr("labelaudit.segmentation._pixel_facts._KEPT_BYTES", 0)
    masks = Counted(probs)
    filter_.find_label_issues(labels, masks)
    assert 4 <= max(masks.reads) <= 7


def test_a_function_that_returns_a_spent_iterator_is_refused():
    pairs = zip(*images(), strict=True)
    with pytest.raises(InputError, match="returned the same iterator twice"):
        rank.get_label_quality_scores(None, lambda: pairs)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "mean"}, "method: expected one of softmin, num_pixel_issues"),
        ({"temprature": 1}, "temprature: is no option"),
        ({"temperature": -1}, "temperature: expected a number not below 0"),
        ({"batch_size": 0}, "batch_size: expected a number above 0"),
        ({"boundary_width": -1}, "boundary_width: expected an integer of at least 0"),
        ({"ignore_index": 2.5}, "ignore_index: expected an integer"),
        ({"method": "num_pixel_issues", "downsample": 7}, "downsample: expected a divisor .* 24 x 20 pixels"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        rank.get_label_quality_scores(*images(), **options)
