"""What an audit of a multi-label data set lists."""

import numpy as np
import pytest

import labelaudit
from labelaudit.multilabel_classification import rank
from multilabel_classification.data import multilabel_data, sets_of

LABELS = [["cat"], ["cat"], ["dog"], ["cat", "dog"], [], ["dog"]]
PRED_PROBS = np.array([[0.9, 0.1], [0.1, 0.2], [0.2, 0.9], [0.8, 0.7], [0.1, 0.95], [0.1, 0.8]])
NAMES = ["cat", "dog"]


@pytest.fixture
def audit():
    return labelaudit.audit("multilabel_classification", LABELS, PRED_PROBS, class_names=NAMES, ids=list("abcdef"))


def test_issues_name_the_class_and_what_is_wrong_with_it(audit):
    assert audit.issues.drop("p_wrong").to_dicts() == [
        {
            "issue": "e#dog",
            "id": "e",
            "row": 4,
            "class": "dog",
            "kind": "missing",
            "given": False,
            "suggested": True,
            "score": pytest.approx(0.05),
        },
        {
            "issue": "b#cat",
            "id": "b",
            "row": 1,
            "class": "cat",
            "kind": "extra",
            "given": True,
            "suggested": False,
            "score": 0.1,
        },
    ]
    assert (audit.issues["p_wrong"] > 0.5).all()


def test_items_are_ranked_by_softmin(audit):
    assert audit.parameters["aggregator"] == {"method": "softmin", "temperature": 0.1}
    labels = [[0], [0], [1], [0, 1], [], [1]]
    expected = rank.get_label_quality_scores(labels, PRED_PROBS, aggregator_kwargs={"method": "softmin"})
    np.testing.assert_array_equal(audit.scores, expected)


def test_items_carry_what_a_person_needs(audit):
    assert audit.items.columns == ["id", "score", "p_wrong", "given", "suggested", "likeliest", "likeliest_p"]
    assert audit.items["given"].to_list() == LABELS
    assert audit.items["suggested"].to_list() == [["cat"], [], ["dog"], ["cat", "dog"], ["dog"], ["dog"]]
    assert audit.items["likeliest"].to_list()[4] == ["dog", "cat"]
    assert audit.items["likeliest_p"].to_list()[4] == [0.95, 0.1]


def test_the_headline_counts_given_classes_and_beside_them_missing_ones(audit):
    assert audit.headline == (
        "1 of 6 given classes looks wrong (16.7 %), 1 class looks missing; between 1 and 4 are wrong or missing"
    )
    counts = audit.counts
    assert (counts.unit, counts.labels, counts.wrong, counts.missing) == ("classes", 6, 1, 1)
    assert counts.by_class.rows() == [("cat", 3, 1, 0), ("dog", 3, 0, 1)]
    assert audit.estimate.missing
    assert audit.estimate.unit == "classes"


def test_the_headline_on_planted_errors():
    truth, pred_probs = _sure_of(np.tile([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], (100, 1)))
    labels = truth.copy()
    labels[:20, 2] = 1  # 15 of these items are not of the class
    labels[100:112, 0] = 0  # 6 of these were
    headline = labelaudit.audit("multilabel_classification", labels, pred_probs).headline
    assert headline.startswith("15 of 509 given classes look wrong (2.9 %), 6 classes look missing; about 2")
    with pytest.warns(UserWarning, match="a model was trained on"):  # nothing is as right as that
        clean = labelaudit.audit("multilabel_classification", truth, pred_probs).headline
    assert clean.startswith("0 of 500 given classes look wrong (0.0 %); about ")


def _sure_of(truth):
    return truth, np.clip(truth * 0.98 + 0.01 * np.random.default_rng(0).random(truth.shape), 0, 1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n", "wrong", "unknown"), [(2000, 0.05, 0.1), (500, 0.4, 0)])
def test_one_class_is_audited_much_like_a_classification_into_no_and_yes(dtype, n, wrong, unknown):
    rng = np.random.default_rng(n)
    truth = rng.random((n, 1)) < 0.5
    pred_probs = np.clip(0.5 * truth + 0.5 * rng.random((n, 1)), 0, 1).astype(dtype)
    labels = np.where(rng.random((n, 1)) < unknown, -1, truth ^ (rng.random((n, 1)) < wrong))
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs)
    rows = np.flatnonzero(labels[:, 0] >= 0)
    p = pred_probs[rows, 0]
    one = labelaudit.audit("classification", labels[rows, 0], np.column_stack([1 - p, p]))
    assert audit.estimate.wrong == pytest.approx(one.estimate.wrong, rel=0.1)
    np.testing.assert_allclose(audit.items["p_wrong"].gather(rows), one.items["p_wrong"], atol=0.2)
    ours, theirs = audit.issues["row"].to_list(), rows[one.issues["row"]].tolist()
    assert len(set(ours) ^ set(theirs)) <= 0.05 * len(theirs)


def test_nothing_is_expected_of_many_classes_that_are_all_right():
    labels, pred_probs = multilabel_data(500, 50)
    labels = (pred_probs > 0.5).astype(int)
    assert labelaudit.audit("multilabel_classification", labels, pred_probs).estimate.wrong < 1


@pytest.mark.parametrize(
    ("threshold", "issues"),
    [(1, []), (0.9999999, []), (0.999996, ["e#dog"]), (0.999, ["e#dog", "b#cat"]), (0, ["e#dog", "b#cat"])],
)
def test_the_threshold_is_on_how_likely_a_label_is_wrong(threshold, issues):
    options = {"class_names": NAMES, "ids": list("abcdef"), "threshold": threshold}
    audit = labelaudit.audit("multilabel_classification", LABELS, PRED_PROBS, **options)
    assert audit.issues["issue"].to_list() == issues  # with 0 too only what the model does not agree with
    assert audit.parameters["threshold"] == threshold


def test_a_class_whose_labels_are_turned_around_is_doubted():
    labels, pred_probs = multilabel_data(300, 3)
    labels[:, 1] = 1 - labels[:, 1]
    (doubt,) = labelaudit.audit("multilabel_classification", labels, pred_probs, class_names=["a", "b", "c"]).doubts
    assert (doubt.code, doubt.grave) == ("more-than-half", False)
    assert doubt.sentence.startswith("more than half of the labels of class b look wrong")


def test_a_view_shows_what_a_person_must_see(audit):
    view = audit.view(4, "an animal")
    assert (view.id, view.given, view.suggested, view.content.value) == ("e", (), ("dog",), "an animal")
    assert view.likeliest == (("dog", 0.95), ("cat", 0.1))
    (issue,) = view.issues
    assert (issue.issue, issue.kind, issue.given, issue.suggested) == ("e#dog", "missing", False, True)


def test_a_run_is_saved_and_loads(audit, tmp_path):
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.issues.equals(audit.issues)
    assert loaded.items.equals(audit.items)
    assert loaded.summary() == audit.summary()
    assert loaded.headline == audit.headline


@pytest.mark.parametrize(
    "options",
    [
        {"adjust_pred_probs": True},
        {"method": "confidence_weighted_entropy"},
        {"aggregator_kwargs": {"method": "exponential_moving_average", "alpha": 0.8}},
        {"aggregator_kwargs": {"method": np.min}},
    ],
)
def test_scores_are_those_of_the_options_and_issues_stay(options, tmp_path):
    labels, pred_probs = multilabel_data(3000, 5)
    plain = labelaudit.audit("multilabel_classification", labels, pred_probs)
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs, **options)
    pooled = {"aggregator_kwargs": {"method": "softmin", "temperature": 0.1}} | options
    np.testing.assert_array_equal(audit.scores, rank.get_label_quality_scores(labels, pred_probs, **pooled))
    each = {name: value for name, value in options.items() if name != "aggregator_kwargs"}
    scores = rank.get_label_quality_scores_per_class(labels, pred_probs, **each)
    np.testing.assert_array_equal(audit.issues["score"], scores[audit.issues["row"], audit.issues["class"]])
    assert set(audit.issues["issue"]) == set(plain.issues["issue"])
    assert audit.issues["score"].is_sorted()
    audit.save(tmp_path / "run.parquet")
    assert labelaudit.load(tmp_path / "run.parquet").parameters == audit.parameters


@pytest.mark.parametrize("n", [0, 1, 40_000])
def test_blocks_threads_and_chunks_change_nothing(n, monkeypatch):
    labels, pred_probs = multilabel_data(n, 60)  # three blocks of 40,000 rows
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs)
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "1")
    alone = labelaudit.audit("multilabel_classification", labels, pred_probs)
    assert alone.items.equals(audit.items)
    assert alone.issues.equals(audit.issues)
    chunks = np.array_split(pred_probs, 3)
    streamed = labelaudit.audit("multilabel_classification", labels, lambda: iter(chunks))
    assert streamed.items.drop("score", "p_wrong").equals(audit.items.drop("score", "p_wrong"))
    np.testing.assert_allclose(streamed.items["p_wrong"], audit.items["p_wrong"], atol=1e-9)
    held = np.zeros(labels.shape, int)
    for row, classes in enumerate(audit.items["given"].to_list()):
        held[row, classes] = 1
    np.testing.assert_array_equal(held, labels)
    for row, classes in audit.issues.select("row", "class").rows():
        held[row, classes] ^= 1
    meant = np.zeros(labels.shape, int)
    for row, classes in enumerate(audit.items["suggested"].to_list()):
        meant[row, classes] = 1
    np.testing.assert_array_equal(meant, held)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
def test_other_array_libraries(library):
    kind = pytest.importorskip(library, reason=f"{library} is not installed: its multi-label test needs it").asarray
    labels, pred_probs = multilabel_data(500, 6)
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs)
    found = labelaudit.audit("multilabel_classification", kind(labels), kind(pred_probs))
    assert found.issues.drop("p_wrong", "score").equals(audit.issues.drop("p_wrong", "score"))
    np.testing.assert_allclose(found.scores, audit.scores, rtol=1e-10)
    np.testing.assert_allclose(found.items["p_wrong"], audit.items["p_wrong"], atol=1e-9)


def test_the_task_is_told_by_the_shapes():
    labels, pred_probs = multilabel_data(60, 4)
    for given in (labels, sets_of(labels)):
        assert labelaudit.audit(given, pred_probs).task == "multilabel_classification"


def test_an_entry_that_is_not_known_is_no_issue():
    labels, pred_probs = multilabel_data(400, 3)
    labels[:, 1] = -1
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs)
    assert set(audit.issues["class"]) <= {0, 2}
    assert audit.estimate.high < 800
    assert audit.counts.by_class["class"].to_list() == [0, 2] or audit.counts.by_class["class"].to_list() == [2, 0]
    assert audit.items["given"].list.contains(1).sum() == 0


def test_planted_errors_are_found():
    labels, pred_probs = multilabel_data(3000, 5, seed=2)
    truth = (pred_probs > 0.5).astype(int)
    audit = labelaudit.audit("multilabel_classification", labels, pred_probs)
    found = np.zeros(labels.shape, bool)
    found[audit.issues["row"], audit.issues["class"]] = True
    wrong = labels != truth
    assert (found & wrong).sum() / found.sum() > 0.95
    assert (found & wrong).sum() / wrong.sum() > 0.5


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (
            [["cat"], ["cow"], [], [], [], []],
            {"class_names": NAMES},
            r"labels: expected one of class_names \(cat, dog\), row 1 holds 'cow'",
        ),
        ([["cat"], [], [], [], [], []], {}, r"class_names: labels hold 1 name \(cat\), and pred_probs has 2 columns"),
        (LABELS, {"class_names": ["cat"]}, "class_names: expected 2 names, one a column of pred_probs, got 1"),
        (LABELS, {"class_names": NAMES, "x": 1}, "x: is no option of multilabel_classification"),
        (LABELS, {"class_names": NAMES, "method": "outre"}, "method: expected one of self_confidence"),
        (LABELS, {"class_names": NAMES, "threshold": 1.5}, "threshold: expected a probability of being wrong"),
        (LABELS, {"class_names": NAMES, "aggregator_kwargs": {"method": "max"}}, "method: expected one of expon"),
    ],
)
def test_refusals(labels, options, message):
    with pytest.raises(labelaudit.InputError, match=message):
        labelaudit.audit("multilabel_classification", labels, PRED_PROBS, **options)


def test_an_iterator_is_refused_for_there_are_three_walks():
    with pytest.raises(labelaudit.InputError, match="pred_probs: an iterator can be walked only once"):
        labelaudit.audit("multilabel_classification", LABELS, iter([PRED_PROBS]), class_names=NAMES)


def test_the_first_bad_entry_is_named():
    labels, pred_probs = multilabel_data(3000, 4)
    pred_probs[2000, 3] = np.nan
    with pytest.raises(labelaudit.InputError, match="row 2000 holds nan in column 3"):
        labelaudit.audit("multilabel_classification", labels, pred_probs)
    pred_probs[2000, 3], labels[1000, 2] = 0.5, 7
    with pytest.raises(labelaudit.InputError, match="row 1000 holds 7 in column 2"):
        labelaudit.audit("multilabel_classification", labels, pred_probs)
