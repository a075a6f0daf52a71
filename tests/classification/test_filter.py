"""Which labels are wrong: small cases by hand, laws, refusals, and streams."""

import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

import labelaudit
from labelaudit.classification import count, filter
from laws.data import classification_data

FILTERS = filter.FILTERS
every_filter = pytest.mark.parametrize("filter_by", FILTERS)

# six rows of two classes; rows 2 and 5 are labelled the other way round
LABELS = np.array([0, 0, 0, 1, 1, 1])
PRED_PROBS = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9], [0.2, 0.8], [0.9, 0.1]])


def noisy(n, k, seed=0, dtype=np.float64):
    labels, pred_probs = classification_data(n, k, seed, dtype)
    return labels, pred_probs


@every_filter
def test_the_two_wrong_labels_are_found(filter_by):
    mask = filter.find_label_issues(LABELS, PRED_PROBS, filter_by=filter_by)
    assert mask.tolist() == [False, False, True, False, False, True]
    ranked = filter.find_label_issues(
        LABELS, PRED_PROBS, filter_by=filter_by, return_indices_ranked_by="self_confidence"
    )
    assert ranked.tolist() == [5, 2]


@every_filter
def test_labels_that_are_right_and_believed_are_no_issues(filter_by):
    labels = np.arange(600) % 5
    pred_probs = np.full((600, 5), 0.01)
    pred_probs[np.arange(600), labels] = 0.96
    assert not filter.find_label_issues(labels, pred_probs, filter_by=filter_by).any()


@every_filter
def test_renaming_the_classes_flags_the_same_rows(filter_by):
    labels, pred_probs = noisy(3000, 6)
    order = np.random.default_rng(3).permutation(6)
    renamed = filter.find_label_issues(np.argsort(order)[labels], pred_probs[:, order], filter_by=filter_by)
    same = np.mean(renamed == filter.find_label_issues(labels, pred_probs, filter_by=filter_by))
    # calibrated counts are rounded to integers, and equal remainders may round the other way
    assert same == 1 or (filter_by in ("prune_by_noise_rate", "prune_by_class", "both") and same > 0.998)


@every_filter
def test_the_number_of_threads_changes_nothing(filter_by, monkeypatch):
    labels, pred_probs = noisy(60_000, 40)
    masks = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", threads)
        masks.append(filter.find_label_issues(labels, pred_probs, filter_by=filter_by))
    assert masks[0].any()
    np.testing.assert_array_equal(masks[0], masks[1])
    np.testing.assert_array_equal(masks[0], masks[2])


@every_filter
@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("ties", [False, True])
def test_chunks_give_the_mask_of_the_whole(filter_by, size, ties):
    labels, pred_probs = noisy(900, 4)
    if ties:
        pred_probs = np.round(pred_probs, 1)
    whole = filter.find_label_issues(labels, pred_probs, filter_by=filter_by)
    chunked = filter.find_label_issues(
        labels, lambda: (pred_probs[i : i + size] for i in range(0, 900, size)), filter_by=filter_by
    )
    np.testing.assert_array_equal(chunked, whole)


@every_filter
def test_float32_and_array_api_arrays(filter_by):
    import array_api_strict

    labels, pred_probs = noisy(500, 4, dtype=np.float32)
    expected = filter.find_label_issues(labels, pred_probs, filter_by=filter_by)
    np.testing.assert_array_equal(
        filter.find_label_issues(labels, array_api_strict.asarray(pred_probs), filter_by=filter_by), expected
    )


@every_filter
@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_very_small_data(filter_by, n, k):
    pred_probs = np.full((n, k), 1 / k)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that small classes are spared
        mask = filter.find_label_issues(np.zeros(n, int), pred_probs, filter_by=filter_by)
    assert mask.shape == (n,)
    assert mask.dtype == bool
    assert not mask.any()


def test_small_classes_are_spared_with_one_warning():
    labels = np.array([0] * 10 + [1, 2])
    pred_probs = np.tile([0.8, 0.1, 0.1], (12, 1))
    with pytest.warns(UserWarning, match="no row of 1, 2 is flagged.* min_examples_per_class = 1 rows") as caught:
        mask = filter.find_label_issues(labels, pred_probs, filter_by="prune_by_class")
    assert len(caught) == 1
    assert not mask.any()


def test_frac_noise_prunes_its_share():
    labels, pred_probs = noisy(4000, 5)
    counts = [filter.find_label_issues(labels, pred_probs, frac_noise=share).sum() for share in (0, 0.25, 0.5, 1)]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert 0.4 * counts[3] < counts[2] < 0.65 * counts[3]


def test_as_many_as_told_are_removed_of_each_class():
    labels, pred_probs = noisy(4000, 3)
    mask = filter.find_label_issues(labels, pred_probs, filter_by="prune_by_class", num_to_remove_per_class=[9, 0, 4])
    assert np.bincount(labels[mask], minlength=3).tolist() == [9, 0, 4]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filter_by": "magic"}, "filter_by: expected one of prune_by_noise_rate"),
        ({"frac_noise": 1.5}, r"frac_noise: expected a share of the label issues in \[0, 1\], got 1.5"),
        ({"frac_noise": "all"}, "frac_noise: expected a share"),
        ({"min_examples_per_class": -1}, "min_examples_per_class: expected a number of rows >= 0"),
        ({"num_to_remove_per_class": [1]}, "num_to_remove_per_class: expected 2 counts, one a class"),
        ({"num_to_remove_per_class": [1, 9]}, "num_to_remove_per_class: class 1 has 3 rows, cannot remove 9"),
        ({"confident_joint": [[1, 2]]}, r"confident_joint: expected shape \(2, 2\)"),
        ({"confident_joint": [[1, -2], [1, 1]]}, "confident_joint: expected numbers, none negative"),
        ({"return_indices_ranked_by": "luck"}, "method: expected one of self_confidence"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(labelaudit.InputError, match=message):
        filter.find_label_issues(LABELS, PRED_PROBS, **arguments)


@every_filter
def test_a_row_at_fault_is_named(filter_by):
    pred_probs = PRED_PROBS.copy()
    pred_probs[4, 0] = np.nan
    with pytest.raises(labelaudit.InputError, match="row 4 holds nan"):
        filter.find_label_issues(LABELS, pred_probs, filter_by=filter_by)


def test_an_iterator_is_refused_where_several_walks_are_taken():
    with pytest.raises(labelaudit.InputError, match="pass a function that returns a new iterator"):
        filter.find_label_issues(LABELS, iter([PRED_PROBS]))
    with pytest.raises(labelaudit.InputError, match="pass a function that returns a new iterator"):
        labelaudit.audit(LABELS, iter([PRED_PROBS]), method="self_confidence")
    assert labelaudit.audit(LABELS, iter([PRED_PROBS])).issues["row"].to_list() == [5, 2]
    assert count.get_confident_thresholds(LABELS, iter([PRED_PROBS])).shape == (2,)
    one_walk = filter.find_label_issues(LABELS, iter([PRED_PROBS]), filter_by="noise_posterior")
    assert one_walk.tolist() == [False, False, True, False, False, True]


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process, as Linux does")
@pytest.mark.parametrize("filter_by", ["prune_by_noise_rate", "noise_posterior"])
def test_a_file_larger_than_the_memory_limit_gives_the_same_mask(tmp_path, filter_by):
    labels, pred_probs = noisy(400_000, 100, dtype=np.float32)
    np.save(tmp_path / "p.npy", pred_probs)
    np.save(tmp_path / "y.npy", labels)
    code = f"""
        import resource
        import numpy as np
        from labelaudit.filter import find_label_issues
        labels, pred_probs = np.load("y.npy"), np.load("p.npy", mmap_mode="r")
        find_label_issues(labels[:9], pred_probs[:9], filter_by={filter_by!r}, min_examples_per_class=0)
        used = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmData")) << 10
        room = used + pred_probs.nbytes // 2
        resource.setrlimit(resource.RLIMIT_DATA, (room, room))
        np.save("mask.npy", find_label_issues(labels, pred_probs, filter_by={filter_by!r}))
        try:
            np.array(pred_probs)
        except MemoryError:
            print("does not fit")
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "does not fit"
    expected = filter.find_label_issues(labels, pred_probs, filter_by=filter_by)
    assert expected.any()
    np.testing.assert_array_equal(np.load(tmp_path / "mask.npy"), expected)


class TestNoisePosterior:
    def test_the_estimate_is_near_the_truth_for_a_good_model(self):
        rng = np.random.default_rng(0)
        true = rng.integers(0, 4, 5000)
        labels = np.where(rng.random(5000) < 0.1, rng.integers(0, 4, 5000), true)
        pred_probs = rng.dirichlet(np.full(4, 0.3), 5000) * 0.3
        pred_probs[np.arange(5000), true] += 0.7
        audit = labelaudit.audit(labels, pred_probs)
        assert audit.estimate.wrong == pytest.approx((labels != true).sum(), rel=0.1)
        flagged = np.zeros(5000, bool)
        flagged[audit.issues["row"]] = True
        assert (flagged == (labels != true)).mean() > 0.995

    def test_probabilities_sum_to_the_estimate(self):
        labels, pred_probs = noisy(2000, 5)
        audit = labelaudit.audit(labels, pred_probs)
        assert (1 - audit.scores).sum() == pytest.approx(audit.estimate.wrong, rel=1e-6)

    def test_half_a_wrong_label_is_expected_where_none_is_seen(self):
        audit = labelaudit.audit([0, 0, 1], [[0.9, 0.1], [0.9, 0.1], [0.1, 0.9]])
        assert audit.estimate.wrong == pytest.approx(3 * 0.5 / 4)
        assert audit.issues.is_empty()

    def test_certain_predictions(self):
        audit = labelaudit.audit([0, 1, 1, 0], np.eye(2)[[0, 1, 0, 0]])
        assert audit.issues["row"].to_list() == [2]
        assert ((audit.scores >= 0) & (audit.scores <= 1)).all()


def test_views_agree_with_counts():
    labels, pred_probs = noisy(2000, 4)
    assert labelaudit.dataset.overall_label_health_score(labels, pred_probs) == 1 - count.num_label_issues(
        labels, pred_probs
    ) / len(labels)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: count.compute_confident_joint(LABELS, PRED_PROBS, thresholds=[0.5]), "thresholds: expected 2 numbers"),
        (lambda: count.num_label_issues(LABELS, PRED_PROBS, estimation_method="x"), "estimation_method: expected one"),
        (
            lambda: count.num_label_issues(LABELS, PRED_PROBS, estimation_method="off_diagonal_custom"),
            "confident_joint: expected a joint",
        ),
        (lambda: count.estimate_latent(np.eye(2), [0, 2]), "labels: expected class indices 0..1.*row 1 holds 2"),
        (lambda: count.estimate_latent(np.eye(2), [0, 1], py_method="x"), "py_method: expected one of cnt"),
        (lambda: count.calibrate_confident_joint(np.zeros((2, 2)), [0, 1]), "confident_joint: .*not all 0"),
        (labelaudit.dataset.health_summary, "labels: expected labels and pred_probs, or joint"),
        (lambda: labelaudit.dataset.find_overlapping_classes(joint=np.eye(2)), "num_examples: expected how many rows"),
        (lambda: labelaudit.dataset.find_overlapping_classes(joint=np.ones((2, 3))), r"joint: expected shape \(K, K\)"),
        (
            lambda: labelaudit.dataset.rank_classes_by_label_quality(LABELS, PRED_PROBS, class_names=["a"]),
            "class_names: expected 2 names",
        ),
    ],
)
def test_counts_and_views_refuse(call, message):
    with pytest.raises(labelaudit.InputError, match=message):
        call()
