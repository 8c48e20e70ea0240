"""The floor that every model is held against: character TF-IDF and a linear SVM, out of the box.

Character 1- to 3-grams, sublinear term frequency, `LinearSVC` at its defaults: what anybody would try first.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["NAME", "fit_predict"]

NAME = "tfidf+svm"
SEED = 20240601


def fit_predict(texts: Sequence[str], labels: Sequence[str], test: Sequence[str]) -> list[str]:
    """Fit on labelled texts and label the test texts. With one class only, that class is told for all."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    if len(set(labels)) < 2:
        return [labels[0]] * len(test)
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    model = LinearSVC(random_state=SEED, tol=1e-3).fit(vectorizer.fit_transform(texts), labels)
    return [str(label) for label in model.predict(vectorizer.transform(test))]
