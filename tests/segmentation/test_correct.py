"""From decisions about regions to corrected masks, in whatever container they came."""

import array_api_strict
import h5py
import numpy as np
import pytest

import labelaudit
from instance_segmentation.cases import packed, runs
from labelaudit import Decision
from labelaudit.errors import InputError
from segmentation.data import NAMES, annotated_wrong

IDS = ["a", "b", "c"]


def _audit(labels, probs, **options):
    return labelaudit.audit("segmentation", labels, probs, **{"class_names": NAMES, "ids": IDS} | options)


def _suggested(audit):
    return [Decision(key, "fix", name) for key, name in audit.issues.select("issue", "suggested").rows()]


def _rle(mask):
    return {"size": list(mask.shape), "counts": packed(runs(mask))}


SQUARE = "a#3,2,9,8"
FIX = Decision(SQUARE, "fix", "land", given="sea")


@pytest.fixture
def labels():
    return annotated_wrong()[0]


@pytest.fixture
def audit(labels):
    return _audit(labels, annotated_wrong()[1])


def test_a_region_gets_the_class_and_all_else_stays(audit, labels):
    before = labels.copy()
    corrected = audit.correct(labels, [FIX])
    expected = before.copy()
    expected[0, 2:8, 3:9] = 2
    np.testing.assert_array_equal(corrected, expected)
    assert corrected.dtype == np.uint8
    np.testing.assert_array_equal(labels, before)


def test_all_suggestions_give_what_the_model_sees(audit, labels):
    np.testing.assert_array_equal(audit.correct(labels, _suggested(audit)), annotated_wrong()[2])


@pytest.mark.parametrize("width", [0, 1, 2])
def test_correcting_twice_changes_nothing_more(width):
    labels, probs, seen = annotated_wrong()
    audit = _audit(labels, probs, boundary_width=width)
    decisions = _suggested(audit)
    once = audit.correct(labels, decisions)
    if width == 1:  # of the corner a band of 2 leaves nothing
        np.testing.assert_array_equal(once, seen)
    np.testing.assert_array_equal(audit.correct(once, decisions), once)


def test_the_band_around_a_region_is_corrected_with_it():
    labels, probs, seen = annotated_wrong()
    audit = _audit(labels, probs, boundary_width=2)
    assert audit.issues["area"][0] == 4
    np.testing.assert_array_equal(audit.correct(labels, _suggested(audit)[:1])[0], seen[0])


def test_keep_unsure_and_undone_decisions_change_nothing(audit, labels):
    for decisions in ([Decision(SQUARE, "keep")], [Decision(SQUARE, "unsure")], [FIX, Decision(SQUARE, "undo")], []):
        np.testing.assert_array_equal(audit.correct(labels, decisions), labels)


def test_what_is_dropped_has_no_label():
    labels, probs, _ = annotated_wrong()
    audit = _audit(labels, probs, ignore_index=255)
    corrected = audit.correct(labels, [Decision(SQUARE, "drop")])
    assert (corrected[0, 2:8, 3:9] == 255).all()
    assert np.count_nonzero(corrected != labels) == 36
    np.testing.assert_array_equal(audit.correct(corrected, [Decision(SQUARE, "drop")]), corrected)


def test_dropping_needs_a_number_for_no_label(audit, labels):
    with pytest.raises(InputError, match=r"decisions: a#3,2,9,8: drop leaves pixels without a label.*ignore_index"):
        audit.correct(labels, [Decision(SQUARE, "drop")])


def test_a_region_of_a_shape_that_a_person_drew_is_mended_as_drawn(audit, labels):
    drawn = np.zeros((12, 14), bool)
    drawn[1:4, 1:5] = True
    for value in (_rle(drawn), {"size": [12, 14], "counts": runs(drawn)}):
        for decision in (
            Decision(SQUARE, "fix", value | {"class": "land"}),
            Decision(None, "fix", value | {"class": "land"}, item="a"),
            Decision(None, "fix", "land", item="a", place=value),
        ):
            expected = labels.copy()
            expected[0][drawn] = 2
            corrected = audit.correct(labels, [decision])
            np.testing.assert_array_equal(corrected, expected)
            np.testing.assert_array_equal(audit.correct(corrected, [decision]), expected)


def test_a_drawn_region_has_the_last_word(audit, labels):
    drawn = np.zeros((12, 14), bool)
    drawn[2, 3:9] = True
    decisions = [Decision(None, "fix", _rle(drawn) | {"class": "ground"}, item="a"), FIX]
    expected = labels.copy()
    expected[0, 2:8, 3:9] = 2
    expected[0, 2, 3:9] = 0
    np.testing.assert_array_equal(audit.correct(labels, decisions), expected)


def test_the_suggested_class_may_come_with_the_shape_of_the_region(audit, labels):
    value = {"size": [12, 14], "counts": audit.issues["rle"][0], "class": "land"}
    assert audit.issues["issue"][0] == SQUARE
    np.testing.assert_array_equal(audit.correct(labels, [Decision(SQUARE, "fix", value)]), audit.correct(labels, [FIX]))


def test_a_region_of_several_labels_gets_one():
    labels, probs, _ = annotated_wrong()
    labels[0, 2, 3:6] = 0
    audit = _audit(labels, probs)
    decision = Decision(SQUARE, "fix", "sea")  # which most of its pixels are
    corrected = audit.correct(labels, [decision])
    assert (corrected[0, 2:8, 3:9] == 1).all()
    np.testing.assert_array_equal(audit.correct(corrected, [decision]), corrected)


def test_a_region_whose_label_has_changed_since_is_left_alone(audit, labels):
    with pytest.warns(UserWarning, match="decisions: a#3,2,9,8 is about a label that has changed since; left out"):
        np.testing.assert_array_equal(audit.correct(labels, [Decision(SQUARE, "fix", "land", given="land")]), labels)
    labels[0, 2:8, 3:9] = 0
    np.testing.assert_array_equal(audit.correct(labels, [FIX]), labels)


def test_changes_say_what_they_are(audit):
    (change,) = audit.changes([FIX])
    assert (change.row, change.id, change.old, change.new, change.issue) == (0, "a", "sea", "land", SQUARE)
    assert change.place == {"size": [12, 14], "counts": audit.issues["rle"][0]}
    labels, probs, _ = annotated_wrong()
    edges = _audit(labels, probs, boundary_width=1, ignore_index=255)
    (change,) = edges.changes([Decision(edges.issues["issue"][0], "drop")])
    assert change.new is None
    assert change.place == {
        "size": [12, 14], "counts": edges.issues["rle"][0], "ignore_index": 255, "boundary_width": 1
    }  # fmt: skip


def test_classes_without_names_are_numbers():
    labels, probs, seen = annotated_wrong()
    audit = labelaudit.audit("segmentation", labels, probs)
    fix = Decision(audit.issues["issue"][0], "fix", 2)
    np.testing.assert_array_equal(audit.correct(labels, [fix])[0], seen[0])
    wide = audit.correct(labels, [Decision(audit.issues["issue"][0], "fix", 300)])
    assert wide.dtype == np.uint16
    assert wide.max() == 300


@pytest.mark.parametrize(
    ("decision", "message"),
    [
        (
            Decision(SQUARE, "fix", "sand"),
            "a#3,2,9,8: expected a class as its value, one of ground, sea, land, got 'sand'",
        ),
        (Decision(SQUARE, "fix", {"size": [12, 14]}), "expected the class of the region in its value"),
        (
            Decision(None, "fix", "land", item="a"),
            r"expected a region of an image of 12 x 14 pixels, as COCO has masks",
        ),
        (Decision(None, "fix", {"size": [9, 9], "counts": "11", "class": "land"}, item="a"), "image of 12 x 14 pixels"),
        (Decision(None, "fix", {"counts": "11", "class": "land"}, item="a"), "image of 12 x 14 pixels"),
        (Decision(None, "fix", {"counts": [], "class": "land"}, item="a"), "image of 12 x 14 pixels"),
        (Decision(None, "fix", {"counts": [1, -1], "class": "land"}, item="a"), "image of 12 x 14 pixels"),
    ],
)
def test_values_that_are_no_region_of_a_class_are_refused(audit, labels, decision, message):
    with pytest.raises(InputError, match=message):
        audit.correct(labels, [decision])


def test_labels_of_other_images_are_refused(audit, labels):
    with pytest.raises(InputError, match="labels: expected 3 items, as the audit has, got 2"):
        audit.correct(labels[:2], [FIX])
    for other in (labels[:, :, 1:], list(labels[:, 1:])):
        with pytest.raises(InputError, match=r"labels: expected 12 x 14 pixels, as the audit has, image a has shape"):
            audit.correct(other, [FIX])


def _torch(array):
    torch = pytest.importorskip("torch", reason="torch is not installed: segmentation on it is not tested")
    return torch.asarray(array)


def test_a_list_keeps_the_images_that_no_decision_names(audit, labels):
    for kind in (list, tuple):
        given = kind(labels)
        corrected = audit.correct(given, [FIX])
        assert type(corrected) is kind
        assert corrected[1] is given[1]
        assert corrected[2] is given[2]
        np.testing.assert_array_equal(corrected[0], annotated_wrong()[2][0])
    nested = audit.correct(labels.tolist(), [FIX])
    assert nested == audit.correct(labels, [FIX]).tolist()


def test_images_of_many_sizes_are_corrected():
    labels, probs, seen = annotated_wrong()
    ragged = [labels[0], labels[1][:9], labels[2][:, 2:]]
    audit = _audit(ragged, [probs[0], probs[1][:, :9], probs[2][:, :, 2:]])
    for given in (ragged, np.array([*ragged, None], object)[:3]):
        corrected = audit.correct(given, _suggested(audit))
        assert type(corrected) is type(given)
        for ours, truth in zip(corrected, (seen[0], seen[1][:9], seen[2][:, 2:]), strict=True):
            np.testing.assert_array_equal(ours, truth)


@pytest.mark.parametrize("library", [array_api_strict.asarray, _torch], ids=["array-api-strict", "torch"])
def test_arrays_of_other_libraries_come_back_in_them(audit, library):
    labels, _, seen = annotated_wrong()
    corrected = audit.correct(library(labels), _suggested(audit))
    assert type(corrected) is type(library(labels))
    assert corrected.dtype == library(labels).dtype
    np.testing.assert_array_equal(np.asarray(corrected), seen)
    images = audit.correct([library(image) for image in labels], _suggested(audit))
    assert type(images[0]) is type(library(labels))
    np.testing.assert_array_equal(np.asarray(images[0]), seen[0])


def test_files_are_corrected_image_by_image_when_asked(audit, tmp_path):
    labels, _, seen = annotated_wrong()
    np.save(tmp_path / "labels.npy", labels)
    with h5py.File(tmp_path / "labels.h5", "w") as file:
        for given in (np.load(tmp_path / "labels.npy", mmap_mode="r"), file.create_dataset("labels", data=labels)):
            corrected = audit.correct(given, _suggested(audit))
            assert not isinstance(corrected, np.ndarray)
            assert len(corrected) == 3
            for ours, truth in zip(corrected, seen, strict=True):
                np.testing.assert_array_equal(ours, truth)
            assert len(labelaudit.audit("segmentation", corrected, annotated_wrong()[1]).issues) == 0
            again = audit.correct(corrected, _suggested(audit))
            np.testing.assert_array_equal(np.stack(list(again)), seen)
    np.testing.assert_array_equal(np.load(tmp_path / "labels.npy"), labels)


# the law: what is decided with the truth is mended, all else is untouched


def _planted(seed):
    """Patches of 12 x 12 pixels, a square in each second image of another class; the model is right, and less sure of
    some classes than of others.
    """
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, (20, 4, 4)).repeat(12, 1).repeat(12, 2)
    labels, planted = truth.copy(), []
    for image in range(0, 20, 2):
        y, x = 12 * rng.integers(0, 4, 2) + 3
        here = image, slice(y, y + 6), slice(x, x + 6)
        labels[here] = (truth[here] + rng.integers(1, 4)) % 4
        planted.append(here)
    sure = np.array([0.9, 0.8, 0.7, 0.95])[truth]
    probs = rng.dirichlet(np.full(3, 0.5), truth.shape) * (1 - sure)[..., None]
    probs = np.concatenate([sure[..., None], probs], axis=-1)
    places = (np.arange(4) - truth[..., None]) % 4  # the truth comes first
    return labels, np.take_along_axis(probs, places, axis=-1).transpose(0, 3, 1, 2).astype(np.float32), truth, planted


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("width", [0, 1])
@pytest.mark.parametrize("as_list", [False, True])
def test_what_was_planted_is_listed_and_mended_and_all_else_stays(seed, width, as_list):
    labels, probs, truth, planted = _planted(seed)
    wrong = labels != truth
    given = list(labels) if as_list else labels
    audit = labelaudit.audit("segmentation", given, probs, boundary_width=width)
    assert audit.counts.wrong == audit.issues["area"].sum()
    decisions = []
    for key, row, (x1, y1, x2, y2), old in audit.issues.select("issue", "row", "bbox", "given").rows():
        right = int(truth[row, (y1 + y2) // 2, (x1 + x2) // 2])
        decisions.append(Decision(key, "keep") if right == old else Decision(key, "fix", right, given=old))
    corrected = audit.correct(given, decisions)
    mended = np.stack(list(corrected))
    assert np.count_nonzero(mended[wrong] == truth[wrong]) >= 0.8 * np.count_nonzero(wrong)
    for here in planted:  # pixels whose label the model thinks likely too may stay
        assert (mended[here] == truth[here]).any()
    np.testing.assert_array_equal(mended[~wrong], labels[~wrong])
    np.testing.assert_array_equal(np.stack(list(audit.correct(corrected, decisions))), mended)
