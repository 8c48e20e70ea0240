from __future__ import annotations

import threading

import pyarrow as pa
import pytest
from engine_parts import CANARY, Breaking, Failing, Kept, Measure, Rows
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from voc.engine.chunks import rechunk
from voc.engine.local import available_cores, run, run_in_process
from voc.errors import ColumnError, InputError, OutputError, StageError, UsageError, VocError


def result(rows: int, workers: int, chunk_rows: int, batch_rows: int = 100) -> pa.Table:
    sink = Kept()
    stats = run(Rows(rows, batch_rows), [Measure()], sink, workers=workers, chunk_rows=chunk_rows)
    assert sink.state == "closed"
    assert stats.rows == rows == sum(batch.num_rows for batch in sink.batches)
    assert stats.workers <= workers
    return sink.table


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("chunk_rows", [1, 7, 1000])
def test_result_is_the_same_for_any_number_of_workers_and_any_chunk(workers: int, chunk_rows: int) -> None:
    table = result(300, workers, chunk_rows)
    assert table.column("__row__").to_pylist() == list(range(300))
    assert table.column("length").to_pylist() == [len(text) for text in table.column("text").to_pylist()]
    assert table.equals(result(300, 1, 300, 13), check_metadata=True)


@settings(max_examples=12, deadline=None)
@given(
    rows=st.integers(0, 200), workers=st.integers(1, 3), chunk=st.integers(1, 250), batch=st.integers(1, 250)
)
def test_result_never_depends_on_sizes(rows: int, workers: int, chunk: int, batch: int) -> None:
    sink = Kept()
    run(Rows(rows, batch), [Measure()], sink, workers=workers, chunk_rows=chunk)
    got = [row for piece in sink.batches for row in piece.to_pylist()]
    expected = [
        row for piece in run_in_process([Measure()], Rows(rows).batches()) for row in piece.to_pylist()
    ]
    assert [{**row} for row in got] == expected


@given(sizes=st.lists(st.integers(0, 30), max_size=12), rows=st.integers(1, 40))
def test_chunks_hold_exactly_the_rows_asked_for(sizes: list[int], rows: int) -> None:
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    batches = [
        pa.record_batch({"n": pa.array(range(start, start + size), pa.int64())})
        for start, size in zip(starts, sizes, strict=True)
    ]
    chunks = list(rechunk(batches, rows))
    assert [number for chunk in chunks for number in chunk.column("n").to_pylist()] == list(range(sum(sizes)))
    assert all(chunk.num_rows == rows for chunk in chunks[:-1])
    assert all(chunk.num_rows <= rows for chunk in chunks)


def test_huge_cells_make_smaller_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voc.engine.chunks.MAX_CHUNK_BYTES", 1000)
    batch = pa.record_batch({"text": ["short"] * 6 + ["长" * 500] * 2})
    chunks = list(rechunk([batch], 8))
    assert [chunk.num_rows for chunk in chunks] == [4, 2, 1, 1]
    assert pa.Table.from_batches(chunks).combine_chunks().equals(pa.table(batch))


def test_an_empty_input_gives_an_empty_output_and_loads_nothing() -> None:
    sink = Kept()
    stats = run(Rows(0), [Failing((), at="build")], sink)
    assert (stats.rows, stats.chunks, sink.state) == (0, 0, "closed")


def test_a_single_chunk_starts_no_workers() -> None:
    assert run(Rows(50), [Measure()], Kept(), workers=4).workers == 1


def test_all_cores_are_used_when_nothing_is_said() -> None:
    cores = available_cores()
    assert run(Rows(100), [Measure()], Kept(), chunk_rows=1).workers == cores


def test_observers_see_every_row_in_order() -> None:
    seen: list[int] = []
    run(
        Rows(100),
        [Measure()],
        Kept(),
        workers=2,
        chunk_rows=9,
        observers=[lambda batch: seen.extend(batch.column("__row__").to_pylist())],
    )
    assert seen == list(range(100))


def test_a_missing_column_is_told_before_anything_runs() -> None:
    with pytest.raises(ColumnError, match="no column 'text'"):
        run(Rows(10, schema=pa.schema([("words", pa.string())])), [Measure()], Kept())


@pytest.mark.parametrize("workers", [1, 2])
def test_at_most_two_chunks_a_worker_are_under_way(workers: int) -> None:
    source, most = Rows(200_000, 1000), 0

    class Slow(Kept):
        def write(self, batch: pa.RecordBatch) -> None:
            nonlocal most
            most = max(most, source.read - batch.column("__row__")[0].as_py())

    run(source, [Measure()], Slow(), workers=workers, chunk_rows=2000)
    assert most <= workers * 2 * 2000 + source.batch_rows


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_stage_is_told_by_name_rows_and_type_alone(
    workers: int, capfd: pytest.CaptureFixture[str]
) -> None:
    sink = Kept()
    with pytest.raises(StageError) as caught:
        run(Rows(100), [Measure(), Failing((37,))], sink, workers=workers, chunk_rows=10)
    error = caught.value
    assert str(error) == "row 37: ValueError in failing.v1"
    assert error.__cause__ is None
    assert error.__context__ is None
    assert sink.state == "aborted"
    assert CANARY not in "".join([str(error), repr(vars(error)), *capfd.readouterr()])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_at_many_rows_is_told_as_a_range(workers: int) -> None:
    with pytest.raises(StageError, match=r"^rows 30 to 39: ValueError in failing\.v1$"):
        run(Rows(100), [Failing((31, 38, 52))], Kept(), workers=workers, chunk_rows=10)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("at", ["build", "schema"])
def test_a_stage_that_cannot_start_is_told_by_name_and_type(
    workers: int, at: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StageError, match=r"^ValueError in failing.v1 while") as caught:
        run(Rows(100), [Failing((), at=at)], Kept(), workers=workers, chunk_rows=10)
    assert CANARY not in "".join([str(caught.value), *capfd.readouterr()])


class OwnError(VocError):
    pass


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_stage_says_on_purpose_passes_through(workers: int) -> None:
    with pytest.raises(OwnError):
        run(Rows(100), [Failing((5,), error=OwnError)], Kept(), workers=workers, chunk_rows=10)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("how", ["fewer rows", "other type", "other name", "other order", "row column"])
def test_a_stage_that_breaks_its_contract_is_found_out(workers: int, how: str) -> None:
    sink = Kept()
    with pytest.raises(StageError, match=r"breaking\.v1") as caught:
        run(Rows(100), [Breaking(how)], sink, workers=workers, chunk_rows=10)
    assert sink.state == "aborted"
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failing_sink_stops_the_run(workers: int) -> None:
    class Full(Kept):
        def write(self, _: pa.RecordBatch) -> None:
            raise OutputError("full")

    sink = Full()
    with pytest.raises(OutputError):
        run(Rows(100), [Measure()], sink, workers=workers, chunk_rows=10)
    assert sink.state == "aborted"


def test_a_source_that_breaks_its_promise_is_told() -> None:
    with pytest.raises(InputError, match="'other' is missing"):
        run(Rows(10, schema=pa.schema([("text", pa.string()), ("other", pa.string())])), [], Kept())


@pytest.mark.parametrize("numbers", [{"workers": 0}, {"chunk_rows": 0}])
def test_senseless_numbers_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="must be at least 1"):
        run(Rows(10), [], Kept(), **numbers)


def test_a_run_in_another_thread_works() -> None:
    sink = Kept()
    thread = threading.Thread(
        target=run, args=(Rows(100), [Measure()], sink), kwargs={"workers": 2, "chunk_rows": 10}
    )
    thread.start()
    thread.join(60)
    assert sink.state == "closed"


def test_workers_see_the_environment_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for value in ("one", "two"):
        monkeypatch.setenv("VOC_TEST_VALUE", value)
        sink = Kept()
        run(Rows(20), [Environment()], sink, workers=2, chunk_rows=5)
        seen.append(set(sink.table.column("text").to_pylist()))
    assert seen == [{"one"}, {"two"}]


@pytest.mark.parametrize("workers", [1, 2])
def test_stages_leave_linear_algebra_one_thread(workers: int) -> None:
    sink = Kept()
    run(Rows(20), [Threads()], sink, workers=workers, chunk_rows=5)
    assert set(sink.table.column("text").to_pylist()) == {"1"}


class Threads(Measure):
    """Tells the most threads that a library of linear algebra may take."""

    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        return schema

    def build(self):
        def tell(batch: pa.RecordBatch) -> pa.RecordBatch:
            most = max(
                library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
            )
            return batch.set_column(0, "text", pa.array([str(most)] * batch.num_rows))

        return tell


class Environment(Measure):
    def output_schema(self, schema: pa.Schema) -> pa.Schema:
        return schema

    def build(self):
        import os

        return lambda batch: batch.set_column(
            0, "text", pa.array([os.environ["VOC_TEST_VALUE"]] * batch.num_rows)
        )
