"""The floor that every model is held against: character TF-IDF and a linear SVM, out of the box.

Character 1- to 3-grams, sublinear term frequency, `LinearSVC` at its defaults: what anybody would try first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

__all__ = ["NAME", "fit_predict", "fit_predict_tags"]

NAME: Final = "tfidf+svm"
SEED: Final = 20240601


def fit_predict(texts: Sequence[str], labels: Sequence[str], test: Sequence[str]) -> list[str]:
    """Fit on labelled texts and label the test texts. With one class only, that class is told for all."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    if len(set(labels)) < 2:
        return [labels[0]] * len(test)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    model = LinearSVC(random_state=SEED, tol=1e-3).fit(vectorizer.fit_transform(texts), labels)
    return [str(label) for label in model.predict(vectorizer.transform(test))]


def fit_predict_tags(
    texts: Sequence[str], labels: Sequence[frozenset[str]], test: Sequence[str]
) -> list[frozenset[str]]:
    """Fit one classifier a label, and tell any number of labels for each test text."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    features, wanted = vectorizer.fit_transform(texts), vectorizer.transform(test)
    told: list[set[str]] = [set() for _ in test]
    for name in sorted(frozenset().union(*labels)):
        truth = [name in row for row in labels]
        if 0 < sum(truth) < len(truth):
            found = LinearSVC(random_state=SEED, tol=1e-2).fit(features, truth).predict(wanted)
            for row, yes in zip(told, found, strict=True):
                if yes:
                    row.add(name)
    return [frozenset(row) for row in told]
