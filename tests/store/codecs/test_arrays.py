import sys

import numpy as np
import pytest

from workbench.store.codecs import dump, load

RECORD = np.dtype([("größe", "<i4"), ("at", "M8[s]"), ("name", "U3"), ("m", "f4", (2, 2))])

EXACT = [
    *(
        np.arange(5).astype(kind)
        for kind in ("?", "i1", "u8", "f2", "f4", "f8", "c8", "c16", ">i4")
    ),
    np.array([np.nan, -0.0, np.inf]),
    np.array([1.5, np.nan], dtype=np.longdouble),
    np.array(["2024", "NaT"], dtype="M8[ns]"),
    np.array([1, 2], dtype="m8[D]"),
    np.array(["a", "größe"]),
    np.array([b"a", b"bc"]),
    np.array(["", ""]),
    np.zeros(2, dtype=RECORD),
    np.zeros(3, dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    np.array(5),
    np.zeros((0, 3)),
    np.zeros((2, 3, 4), order="F"),
    np.arange(10)[::-2],
    np.arange(12).reshape(3, 4)[:, 1],
    np.broadcast_to(np.array([1, 2]), (3, 2)),
    np.arange(100_000.0),
    np.array([1, "x", None, [2], {"a": (1,)}], dtype=object),
    np.array([[1, "x"], [None, 2.5]], dtype=object),
    np.array(None, dtype=object),
    np.empty((0, 2), dtype=object),
]

SCALARS = [
    np.bool_(True),
    np.int8(-1),
    np.uint64(2**63),
    np.float16(1.5),
    np.float32("nan"),
    np.float64(-0.0),
    np.longdouble(1) / 3,
    np.complex64(1 + 2j),
    np.datetime64("2024-01-01", "h"),
    np.datetime64("NaT", "s"),
    np.timedelta64(5, "us"),
    np.str_("größe"),
    np.str_(""),
    np.bytes_(b"a"),
    np.zeros(1, dtype=RECORD)[0],
]


@pytest.mark.parametrize("value", EXACT, ids=lambda value: f"{value.dtype}-{value.shape}")
def test_an_array_comes_back_exactly(value, round_trip):
    restored = round_trip(value)
    assert restored.dtype == value.dtype
    assert restored.flags.writeable == value.flags.writeable


@pytest.mark.parametrize("value", SCALARS, ids=lambda value: type(value).__name__)
def test_a_scalar_comes_back_exactly(value, round_trip):
    assert round_trip([value])[0].dtype == value.dtype


def test_a_restored_array_can_be_changed_and_leaves_the_blob_alone():
    written = dump({"value": np.arange(10_000)}, namespace={})
    blobs = [memoryview(bytes(blob)).toreadonly() for blob in written.blobs]
    load(written.body, blobs, namespace={})["value"][0] = 5
    assert load(written.body, blobs, namespace={})["value"][0] == 0


def test_a_large_array_is_an_npy_file_beside_the_document(tmp_path):
    array = np.arange(10_000)
    written = dump({"value": array}, namespace={})
    (tmp_path / "array.npy").write_bytes(written.blobs[0])
    assert np.array_equal(np.load(tmp_path / "array.npy", allow_pickle=False), array)


def test_one_array_under_two_names_comes_back_as_one():
    array = np.arange(3)
    restored = load(dump({"a": array, "b": [array]}, namespace={}).body, namespace={})
    assert restored["a"] is restored["b"][0]


def test_slices_of_an_array_still_see_what_is_written_through_another():
    base = np.arange(12.0).reshape(3, 4)
    values = {"base": base, "row": base[1], "column": base[:, 2], "flipped": base[::-1].T}
    written = dump(values, namespace={})
    restored = load(written.body, written.blobs, namespace={})
    for name, value in values.items():
        assert np.array_equal(restored[name], value)
    restored["row"][2] = 99
    assert restored["base"][1, 2] == restored["column"][1] == restored["flipped"][2, 1] == 99


def test_slices_that_do_not_meet_are_stored_without_the_rest():
    base = np.arange(1_000_000)
    written = dump({"train": base[:1000], "test": base[-1000:]}, namespace={})
    assert written.size_bytes < 20_000


def test_windows_and_buffers_still_see_what_is_written(round_trip):
    base = np.arange(10)
    values = [base, np.lib.stride_tricks.sliding_window_view(base, 3)]
    restored = round_trip(values)
    restored[0][4] = 99
    assert restored[1][2].tolist() == [2, 3, 99]

    memory = bytearray(80)
    values = [np.frombuffer(memory, dtype="i8"), np.frombuffer(memory, dtype="u1")[8:16]]
    restored = round_trip(values)
    restored[0][1] = 7
    assert restored[1].tolist() == [7, 0, 0, 0, 0, 0, 0, 0]


def test_the_real_parts_of_complex_numbers_are_views_too(round_trip):
    base = np.zeros(3, dtype=complex)
    restored = round_trip([base.real, base.imag, base])
    restored[2][1] = 1 + 2j
    assert (restored[0][1], restored[1][1]) == (1, 2)


def test_empty_slices_share_nothing(round_trip):
    base = np.arange(10)
    round_trip([base[5:5], base, base[2:2], np.array([], dtype=object)])


def test_slices_of_other_arrays_are_not_mixed_up():
    values = {}
    for i in range(20):
        base = np.arange(100) + i
        values[f"base{i}"], values[f"part{i}"] = base, base[10:20]
    written = dump(values, namespace={})
    restored = load(written.body, written.blobs, namespace={})
    for name, value in values.items():
        assert np.array_equal(restored[name], value)


def test_object_arrays_in_cycles_come_back(round_trip):
    array = np.array([None, 1], dtype=object)
    array[0] = [array]
    restored = round_trip(array)
    assert restored[0][0] is restored


def fields():
    array = np.zeros(3, dtype="i4,O")
    return {"x": [array["f0"], array["f0"][1:]]}


def cells():
    array = np.array([1, None], dtype=object)
    return [array, array[:1]]


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (np.ma.array([1]), "value", "subclass of numpy.ndarray"),
        (np.rec.array([(1,)]), "value", "subclass of numpy.ndarray"),
        (np.array([object()]), "value[0]", "ordinary object"),
        (np.array([(1, None)], dtype="i4,O"), "value", "no .npy file holds"),
        (np.array(["x"], dtype=np.dtypes.StringDType()), "value", "no .npy file holds"),
        (np.array([1], dtype=np.dtype("i4", metadata={"a": 1})), "value", "metadata"),
        (np.random.default_rng(1), "value", "keep its seed"),
        (np.longlong(1), "value", "does not come back equal"),
        (cells(), "value", "shares its memory"),
        (fields(), "value", "shares its memory"),
        (np.zeros(1, dtype="i4,O")[0], "value", "no .npy file holds"),
    ],
)
def test_what_no_file_holds_is_refused(value, path, reason, refusal):
    error = refusal(value)
    assert error.path == path
    assert reason in error.reason


def test_an_array_over_the_cap_is_refused_before_it_is_copied(refusal):
    huge = np.broadcast_to(np.int64(1), (10**12,))
    error = refusal({"x": huge})
    assert error.path == 'value["x"]'
    assert "8000000.0 MB" in error.reason
    assert error.type_name == "numpy.ndarray"


def test_the_memory_between_two_slices_counts(refusal):
    base = np.zeros((1000, 100))
    error = refusal([base[:, 0], base[:, 1], base[:, 0][::2]], max_bytes=100_000)
    assert error.path == "value"
    assert "0.8 MB" in error.reason


def test_the_cap_counts_all_values_together(refusal):
    parts = [np.zeros(1000) for _ in range(10)]
    assert refusal(parts, max_bytes=50_000).path == "value[6]"
    assert "numpy" in sys.modules
