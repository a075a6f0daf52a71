"""Doubts about classes: labels and predictions that do not belong together are never audited in silence."""

import warnings

import numpy as np
import pytest

import labelaudit
from labelaudit._stats.agreement import Agreement, Margins, SampledFacts, found_order, learnt_by_heart
from labelaudit._stats.row_sample import SampledRows

NAMES = ["ant", "bee", "cow", "dog", "eel"]
K = len(NAMES)


def planted(n: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels, one in ten of them wrong, and a model that is right nine times in ten, and less sure where it is not."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, K, n)
    odds = rng.normal(size=(n, K))
    odds[np.arange(n), truth] += 3.5
    pred_probs = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    labels = np.where(rng.random(n) < 0.1, rng.integers(0, K, n), truth)
    return labels, pred_probs


def doubts(task, labels, predictions, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return labelaudit.audit(task, labels, predictions, **options)


def grave(task, labels, predictions, **options):
    return [
        (doubt.code, doubt.sentence) for doubt in doubts(task, labels, predictions, **options).doubts if doubt.grave
    ]


def notes(labels, predictions, **options):
    found = doubts("classification", labels, predictions, **options)
    return [(doubt.code, doubt.sentence) for doubt in found.doubts if not doubt.grave]


class TestClassification:
    def test_honest_predictions_are_not_doubted(self):
        for seed in range(20):
            labels, pred_probs = planted(seed=seed)
            assert doubts("classification", labels, pred_probs).doubts == ()

    def test_ordinary_scikit_learn_use_with_text_is_not_doubted(self):
        from sklearn.datasets import load_iris
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_predict

        iris = load_iris()
        labels = iris.target_names[iris.target]
        pred_probs = cross_val_predict(
            LogisticRegression(max_iter=500), iris.data, labels, cv=5, method="predict_proba"
        )
        names = sorted(set(labels.tolist()))
        assert doubts("classification", labels, pred_probs, class_names=names).doubts == ()

    def test_predictions_of_other_rows(self):
        labels, pred_probs = planted()
        order = np.random.default_rng(1).permutation(labels.size)
        assert grave("classification", labels, pred_probs[order]) == [
            ("order", "predictions agree with the labels no better than those of other rows")
        ]

    @pytest.mark.parametrize(
        ("moved", "said"),
        [
            (lambda p: np.roll(p, -2, axis=0), "2 rows too early"),
            (lambda p: np.roll(p, 1, axis=0), "1 row too late"),
            (lambda p: p[::-1], "reversed"),
        ],
    )
    def test_a_simple_order_of_rows_is_named(self, moved, said):
        labels, pred_probs = planted()
        ((code, sentence),) = grave("classification", labels, moved(pred_probs))
        assert (code, sentence.partition("; they are ")[2]) == ("order", said)

    def test_columns_in_another_order_are_named(self):
        labels, pred_probs = planted()
        swapped = pred_probs[:, [0, 3, 2, 1, 4]]
        ((code, sentence),) = grave("classification", labels, swapped, class_names=NAMES)
        assert code == "agreement"
        assert set(sentence.split(" and ")) == {
            "column 1 (bee) looks like class dog",
            "column 3 (dog) looks like class bee",
        }

    def test_every_order_of_the_columns_is_found(self):
        labels, pred_probs = planted()
        rng = np.random.default_rng(2)
        for _ in range(20):
            order = rng.permutation(K)
            found = grave("classification", labels, pred_probs[:, order])
            assert [code for code, _ in found] == ["agreement"] * bool((order != np.arange(K)).any())

    @pytest.mark.parametrize(("step", "said"), [(1, "too great by 1"), (-1, "too small by 1")])
    def test_labels_off_by_one_are_named(self, step, said):
        labels, pred_probs = planted()
        ((code, sentence),) = grave("classification", (labels + step) % K, pred_probs)
        assert code == "agreement"
        assert sentence.startswith(f"labels are {said}")

    def test_two_classes_turned_around(self):
        labels, pred_probs = planted()
        labels, pred_probs = labels % 2, np.stack([pred_probs[:, ::2].sum(axis=1), pred_probs[:, 1::2].sum(axis=1)], 1)
        assert grave("classification", labels, pred_probs) == []
        ((code, _),) = grave("classification", 1 - labels, pred_probs)
        assert code == "agreement"

    @pytest.mark.parametrize("kind", ["forest", "tree", "neighbours"])
    def test_predictions_of_rows_that_were_learnt_by_heart(self, kind):
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.model_selection import cross_val_predict
        from sklearn.neighbors import KNeighborsClassifier
        from sklearn.tree import DecisionTreeClassifier

        labels, features = planted(400)
        model = {
            "forest": RandomForestClassifier(50, random_state=0),
            "tree": DecisionTreeClassifier(random_state=0),
            "neighbours": KNeighborsClassifier(5, weights="distance"),
        }[kind]
        assert [
            code for code, _ in grave("classification", labels, model.fit(features, labels).predict_proba(features))
        ] == ["in-sample"]
        assert grave("classification", labels, cross_val_predict(model, features, labels, method="predict_proba")) == []

    def test_predictions_that_are_all_equal_list_nothing(self):
        labels, _ = planted()
        found = doubts("classification", labels, np.full((labels.size, K), 1 / K))
        assert [doubt.code for doubt in found.doubts if doubt.grave] == ["all-equal"]
        assert (len(found.issues), found.counts.wrong) == (0, 0)

    def test_a_model_that_always_says_the_same_is_no_other_order(self):
        labels = np.repeat([1, 0], [500, 100])
        assert grave("classification", labels, np.tile([0.75, 0.25], (600, 1))) == []

    def test_rows_that_are_no_distribution_are_noted_with_the_first(self):
        labels, pred_probs = planted()
        pred_probs[[7, 30]] = 0
        assert notes(labels, pred_probs) == [("no-distribution", "the probabilities of row 7 do not sum to 1")]
        labels, pred_probs = planted()
        assert notes(labels, pred_probs / 2)[0] == ("no-distribution", "the probabilities of row 0 do not sum to 1")
        assert notes(labels, pred_probs.astype(np.float16)) == []

    def test_a_class_that_is_never_predicted_is_noted(self):
        labels, pred_probs = planted()
        pred_probs[:, 2] *= 1e-3
        pred_probs /= pred_probs.sum(axis=1, keepdims=True)
        assert notes(labels, pred_probs, class_names=NAMES) == [
            ("never-predicted", "no row has cow for its most likely class")
        ]

    def test_an_overconfident_model_is_noted(self):
        labels, pred_probs = planted()
        labels = np.where(
            np.arange(labels.size) % 4 == 0, (labels + np.arange(labels.size) // 4 % (K - 1) + 1) % K, labels
        )
        sure = pred_probs**20 / (pred_probs**20).sum(axis=1, keepdims=True)
        ((code, sentence),) = notes(labels, sure)
        assert code == "overconfident"
        assert sentence.startswith("the model contradicts 1")


class TestMultilabel:
    @staticmethod
    def planted(n: int = 500, k: int = 5):
        rng = np.random.default_rng(0)
        truth = rng.random((n, k)) < 0.3
        pred_probs = 1 / (1 + np.exp(-np.where(truth, 2.5, -2.5) - rng.normal(size=(n, k)) * 1.5))
        return (truth ^ (rng.random((n, k)) < 0.07)).astype(int), pred_probs

    @pytest.mark.parametrize(
        ("mistake", "codes"),
        [
            (lambda y, p: (y, p), []),
            (lambda y, p: (y, p[np.random.default_rng(1).permutation(len(p))]), ["order"]),
            (lambda y, p: (y, p[:, [1, 2, 3, 4, 0]]), ["agreement"]),
            (lambda y, p: (1 - y, p), ["agreement"]),
            (lambda y, p: (y, np.full(p.shape, 0.3)), ["all-equal"]),
            (lambda y, p: (y, np.where(y, 0.6 + 0.4 * p, 0.4 * p)), ["in-sample"]),
        ],
    )
    def test_each_mistake_is_doubted(self, mistake, codes):
        labels, pred_probs = mistake(*self.planted())
        found = grave("multilabel_classification", labels, pred_probs, class_names=NAMES)
        assert [code for code, _ in found] == codes

    def test_columns_are_named(self):
        labels, pred_probs = self.planted()
        ((_, sentence),) = grave("multilabel_classification", labels, pred_probs[:, [1, 0, 2, 3, 4]], class_names=NAMES)
        assert set(sentence.split(" and ")) == {
            "column 0 (ant) looks like class bee",
            "column 1 (bee) looks like class ant",
        }


class TestTokens:
    @staticmethod
    def cut(rows):
        return [rows[start : start + 10] for start in range(0, len(rows), 10)]

    def test_each_mistake_is_doubted(self):
        labels, pred_probs = planted()
        shuffled = pred_probs[np.random.default_rng(1).permutation(labels.size)]
        for predictions, codes in ((pred_probs, []), (shuffled, ["order"]), (pred_probs[:, ::-1], ["agreement"])):
            found = grave("token_classification", self.cut(labels.tolist()), self.cut(predictions))
            assert [code for code, _ in found] == codes

    def test_tokens_without_a_label_count_for_nothing(self):
        labels, pred_probs = planted()
        ignored = np.where(np.arange(labels.size) % 3 == 0, -100, labels)
        assert grave("token_classification", self.cut(ignored.tolist()), self.cut(pred_probs)) == []
        (found,) = grave("token_classification", self.cut(ignored.tolist()), self.cut(pred_probs[:, ::-1]))
        assert found[0] == "agreement"


class TestStatistics:
    def test_chance_is_what_permutations_say(self):
        labels, pred_probs = planted(300)
        classes = np.argsort(-pred_probs, axis=1)
        probs = np.take_along_axis(pred_probs, classes, axis=1)
        rng = np.random.default_rng(3)
        given = pred_probs[np.arange(300), labels]
        sums = [pred_probs[rng.permutation(300), labels].sum() for _ in range(4000)]
        chance = Agreement(labels, given, classes, probs, K, -1).chance
        assert chance.found == pytest.approx((given.sum() - np.mean(sums)) / np.std(sums), rel=0.05)

    def test_parts_of_rows_add_up_to_the_whole(self):
        labels, pred_probs = planted(100)
        classes = np.argsort(-pred_probs, axis=1)
        probs = np.take_along_axis(pred_probs, classes, axis=1)
        probs[[60, 80]] = 0

        def of(start, stop):
            part = slice(start, stop)
            rows = SampledRows((labels[part],), (probs[part, 0],), (classes[part],), (probs[part],))
            return SampledFacts.of(start, np.arange(stop - start), rows, K)

        whole, parts = of(0, 100).agreement(K), (of(0, 30) + of(30, 70) + of(70, 100)).agreement(K)
        assert (whole.off, parts.off) == (60, 60)
        np.testing.assert_array_equal(whole.confusion, parts.confusion)
        assert whole.confusion.sum() == 100
        assert SampledFacts.of_none().agreement(K).rows == 0

    @pytest.mark.parametrize(
        ("differing", "near", "lacking", "learnt"),
        [
            (0, ((0, 20), (0, 100)), (0.5, 0.3), True),
            (0, ((0, 0), (0, 0)), (0.0, 0.0), True),  # as sure of every label
            (0, ((0, 0), (0, 0)), (0.4, 0.01), False),  # classes that touch in a few rows
            (10, ((2, 30), (8, 160)), (1.1, 0.9), True),  # next to a tie nearly all are for their label
            (25, ((18, 40), (25, 200)), (1.1, 0.9), False),
            (50, ((2, 30), (8, 160)), (1.1, 0.9), False),  # too many disagree
        ],
    )
    def test_what_is_learnt_by_heart(self, differing, near, lacking, learnt):
        assert learnt_by_heart(Margins(1000, differing, 800, 0.9, lacking, near)) is learnt
        assert not learnt_by_heart(Margins(199, differing, 150, 0.9, lacking, near))

    def test_an_order_is_named_only_where_enough_rows_agree(self):
        labels = np.random.default_rng(0).integers(0, 4, 200)
        assert found_order(labels, labels[::-1], 0.5) == "reversed"
        assert found_order(labels, labels[::-1], 1.0) is None
        assert found_order(labels, np.random.default_rng(1).integers(0, 4, 200), 0.0) is None


def test_of_few_items_little_can_be_told():
    pred_probs = np.tile([[0.9, 0.1], [0.2, 0.8]], (5, 1))
    (doubt,) = labelaudit.audit("classification", [0, 1] * 5, pred_probs).doubts
    assert (doubt.code, doubt.grave) == ("few-items", False)
    assert doubt.sentence == "of 10 rows little can be told"
