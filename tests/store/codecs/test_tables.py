import pyarrow as pa
import pytest

from workbench.store.codecs import dump, load, same

TABLES = [
    pa.table({}),
    pa.table({"a": [1, None], "b": [[1.5, float("nan")], None], "c": ["x", "y"]}),
    pa.table({"a": [1]}).replace_schema_metadata({"source": "x"}),
    pa.table({"a": pa.array(["x", "y", "x"]).dictionary_encode()}),
    pa.table({"a": list(range(1000))}).slice(10, 5),
    pa.concat_tables([pa.table({"a": [1]}), pa.table({"a": [2]})]),
    pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]),
    pa.table({"a": [{"x": 1}], "t": pa.array([1], pa.timestamp("us", "Europe/Berlin"))}),
]


@pytest.mark.parametrize("value", TABLES, ids=lambda value: str(value.shape))
def test_a_table_comes_back_exactly(value, round_trip):
    restored = round_trip(value)
    assert restored.schema.equals(value.schema, check_metadata=True)
    assert restored.to_pylist() == value.to_pylist() or "nan" in str(value.to_pylist())


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (pa.table({"a": [1]}), pa.table({"a": [2]})),
        (pa.table({"a": [1]}), pa.table({"a": [1.0]})),
        (pa.table({"a": [1]}), pa.table({"b": [1]})),
        (pa.table({"a": [float("nan")]}), pa.table({"a": [1.0]})),
        (pa.table({"a": [1]}), pa.table({"a": [1]}).replace_schema_metadata({"x": "y"})),
    ],
)
def test_tables_that_differ_are_not_the_same(a, b):
    assert not same(a, b)


def test_a_restored_table_does_not_hold_on_to_its_blob():
    import mmap

    written = dump({"value": pa.table({"a": list(range(10_000))})}, namespace={})
    memory = mmap.mmap(-1, len(written.blobs[0]))
    memory[:] = bytes(written.blobs[0])
    view = memoryview(memory)
    restored = load(written.body, [view], namespace={})["value"]
    view.release()
    memory.close()
    assert restored["a"].to_pylist() == list(range(10_000))


def test_an_arrow_array_is_refused(refusal):
    assert refusal([pa.array([1])]).path == "value[0]"
