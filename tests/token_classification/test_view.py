"""What a person sees of a sentence."""

import numpy as np

import labelaudit
from labelaudit.views import Span
from token_classification.cases import TAGS

RIGHT = [["O", "B-PER", "O", "B-LOC"]] * 30


def _viewed(given, believed, names=TAGS, **options):
    probs = [np.full((len(tags), len(TAGS)), 0.01) for tags in [*RIGHT, believed]]
    for part, tags in zip(probs, [*RIGHT, believed], strict=True):
        part[np.arange(len(tags)), [TAGS.index(tag) for tag in tags]] = 0.96
    labels = [[-100 if tag is None else TAGS.index(tag) for tag in tags] for tags in [*RIGHT, given]]
    return labelaudit.audit("token_classification", labels, probs, class_names=names, **options).view(30)


def test_a_view_has_the_words_the_issues_and_the_other_entities():
    words = [["a", "b", "c", "d"]] * 30 + [["Ann", "Lee", "sees", "Bob"]]
    view = _viewed(["O", "O", "O", "B-LOC"], ["B-PER", "I-PER", "O", "B-LOC"], tokens=words)
    assert (view.id, view.words, view.length) == (30, ("Ann", "Lee", "sees", "Bob"), 4)
    assert view.spans == (Span(0, 2, "O", "PER", "30#0:2"), Span(3, 4, "LOC", "LOC"))
    assert [issue.issue for issue in view.issues] == ["30#0:2"]


def test_of_an_entity_that_an_issue_is_about_the_rest_is_a_span():
    view = _viewed(["B-PER", "I-PER", None, "I-PER"], ["B-PER", "O", "O", "I-PER"])
    assert [(span.start, span.stop, span.given, span.issue is not None) for span in view.spans] == [
        (0, 1, "PER", False),
        (1, 2, "PER", True),
        (3, 4, "PER", False),
    ]


def test_without_tags_the_spans_are_the_issues():
    names = ["none", "noun", "verb", "name", "other"]
    view = _viewed(["O", "B-PER"], ["O", "B-LOC"], names)
    assert view.spans == (Span(1, 2, "noun", "name", "30#1:2"),)
    assert view.words is None


def test_a_sentence_without_tokens():
    view = _viewed([], [])
    assert (view.length, view.spans, view.issues) == (0, (), ())
