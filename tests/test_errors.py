"""Errors say what, where and how to mend it, cross process boundaries, and carry exit codes."""

from __future__ import annotations

import pickle

import pytest

from voc import errors


def test_every_public_error_is_exported_and_drawn_in_the_tree():
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.VocError)
    }
    assert classes <= set(errors.__all__) | {"VocError"}
    for name in classes:
        assert name in (errors.__doc__ or "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.UsageError("x"), 2),
        (errors.ColumnError("x"), 2),
        (errors.GateError("x"), 1),
        (errors.InputError("x"), 3),
        (errors.WorkerDiedError("x"), 3),
        (errors.InterruptedRunError("x"), 130),
    ],
)
def test_exit_codes(error: errors.VocError, code: int):
    assert error.exit_code == code


@pytest.mark.parametrize(
    "error",
    [
        errors.InputError("cannot be read", where="a.csv", hint="check the path"),
        errors.ConfigError("p.yaml", [errors.Fault("tag.model", "unknown", "did you mean 'fast'?")]),
        errors.MissingExtraError("pyspark", "spark"),
        errors.ColumnError.missing("text", ["txt", "id"]),
        errors.OutputExistsError("out.csv"),
    ],
)
def test_errors_cross_a_process_boundary_unchanged(error: errors.VocError):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__


def test_missing_column_names_the_nearest():
    assert "did you mean '评价内容'" in str(errors.ColumnError.missing("评价", ["评价内容", "客户编号"]))


def test_missing_extra_gives_the_install_line():
    assert "python -m pip install 'voc[spark]'" in str(errors.MissingExtraError("pyspark", "spark"))
