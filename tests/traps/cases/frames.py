"""Frames, series, arrays and tables that differ in one small thing, or share their memory.

A column's new name was not seen: https://github.com/streamlit/streamlit/issues/6236; values outside a
sample were not: https://github.com/streamlit/streamlit/issues/14622. Equal frames got two hashes:
https://github.com/joblib/joblib/issues/1611.
"""

from traps.case import Case

_PD = "import pandas as pd, numpy as np\n"
_DF = _PD + "df = pd.DataFrame({'a': [1, 2, 3], 'b': [1, 2, 3]})"


def _edit(name, after, body="y = df.to_dict('list')", setup=_DF, needs=("pandas",), **more):
    return Case(
        name, "miss", setup=setup, body=body, then=after, outputs=("y",), needs=needs, **more
    )


CASES = [
    _edit("one cell changes", "df.loc[1, 'a'] = 9", guards="frame"),
    _edit("a column's dtype changes", "df['a'] = df['a'].astype('float64')", "y = str(df.dtypes.a)"),
    _edit("a column becomes nullable", "df['a'] = df['a'].astype('Int64')", "y = str(df.dtypes.a)"),
    _edit("the columns change places", "df = df[['b', 'a']]", "y = list(df)"),
    _edit("a column is renamed", "df.columns = ['a', 'c']", "y = list(df)"),
    _edit("the columns get a name", "df.columns.name = 'kind'", "y = df.columns.name"),
    _edit("the index changes", "df.index = [5, 6, 7]", "y = list(df.index)"),
    _edit("the index gets a name", "df.index.name = 'row'", "y = df.index.name"),
    _edit("the index becomes one of levels", "df.index = pd.MultiIndex.from_tuples([(0, 0), (0, 1), (1, 0)])", "y = df.index.nlevels"),
    _edit("a column's name is 1 or '1'", "df.columns = ['1', 'b']", "y = [repr(c) for c in df]", _PD + "df = pd.DataFrame([[1, 2]], columns=[1, 'b'])"),
    _edit("a cell is a list or a tuple", "df = pd.DataFrame({'a': [(1, 2)]})", "y = type(df.a[0]).__name__", _PD + "df = pd.DataFrame({'a': [[1, 2]]})"),
    _edit("something inside a cell changes", "df.a[0]['k'].append(2)", "y = repr(df.a[0])", _PD + "df = pd.DataFrame({'a': [{'k': [1]}]})"),
    _edit("a cell is None or NaN", "df = pd.DataFrame({'a': ['x', float('nan')]}, dtype=object)", "y = repr(df.a[1])", _PD + "df = pd.DataFrame({'a': ['x', None]}, dtype=object)"),
    _edit("a categorical's order changes", "df = s.cat.reorder_categories(['y', 'x'], ordered=True).to_frame('a')", "y = df.a.max()", _PD + "s = pd.Series(['x', 'y'], dtype='category')\ndf = s.cat.as_ordered().to_frame('a')"),
    _edit("a category that no row has", "df['a'] = df['a'].cat.add_categories(['z'])", "y = list(df.a.cat.categories)", _PD + "df = pd.DataFrame({'a': pd.Categorical(['x'])})"),
    _edit("a column's zone changes", "df['a'] = df['a'].dt.tz_convert('Europe/Berlin')", "y = str(df.dtypes.a)", _PD + "df = pd.DataFrame({'a': pd.to_datetime(['2024-01-01']).tz_localize('UTC')})"),
    _edit("a time's unit changes", "df['a'] = df['a'].astype('datetime64[s]')", "y = str(df.dtypes.a)", _PD + "df = pd.DataFrame({'a': pd.to_datetime(['2024-01-01']).astype('datetime64[ns]')})"),
    _edit("an empty frame has other dtypes", "df = df.astype('float64')", "y = str(df.dtypes.a)", _PD + "df = pd.DataFrame({'a': pd.Series([], dtype='int64')})"),
    _edit("an empty frame has other columns", "df = pd.DataFrame(columns=['b'])", "y = list(df)", _PD + "df = pd.DataFrame(columns=['a'])"),
    _edit("the attrs change", "df.attrs['source'] = 'b'", "y = df.attrs['source']", _DF + "\ndf.attrs['source'] = 'a'"),
    _edit("a row far down changes", "df.loc[59_999, 'a'] = 1", "y = int(df.a.sum())", _PD + "df = pd.DataFrame({'a': np.zeros(60_000, 'int64')})"),
    _edit("a series gets a name", "s = s.rename('b')", "y = s.name", _PD + "s = pd.Series([1], name='a')"),
    _edit("a frame with one column becomes a series", "df = df['a']", "y = type(df).__name__"),
    _edit("two columns have one name", "df.columns = ['a', 'a']", "y = df.shape, list(df)"),
    _edit("an index's frequency", "df.index.freq = None", "y = repr(df.index.freq)", _PD + "df = pd.DataFrame({'a': [1, 2]}, index=pd.date_range('2024', periods=2))"),
    _edit("a sparse column's fill value", "df = pd.DataFrame({'a': pd.arrays.SparseArray([0, 1], fill_value=1)})", "y = df.a.sparse.fill_value", _PD + "df = pd.DataFrame({'a': pd.arrays.SparseArray([0, 1], fill_value=0)})"),
    _edit("a text column's missing values are of another kind", "s = pd.Series(['a', None], dtype='string')", "y = repr(s[1])", _PD + "s = pd.Series(['a', None], dtype=object)"),
    _edit("an Arrow table's type", "t = t.cast(pa.schema([('a', pa.int32())]))", "y = str(t.schema)", "import pyarrow as pa\nt = pa.table({'a': [1, 2]})", ("pyarrow",)),
    _edit("an Arrow table's metadata", "t = t.replace_schema_metadata({'k': 'b'})", "y = t.schema.metadata[b'k']", "import pyarrow as pa\nt = pa.table({'a': [1]}).replace_schema_metadata({'k': 'a'})", ("pyarrow",)),
    _edit("an Arrow table's column name", "t = t.rename_columns(['b'])", "y = t.column_names", "import pyarrow as pa\nt = pa.table({'a': [1]})", ("pyarrow",)),
    _edit(
        "an array is a copy where it was a view of another input",
        "b = a[1:].copy()",
        "b[0] = 9\ny = a.tolist()",
        "import numpy as np\na = np.arange(3)\nb = a[1:]",
        ("numpy",),
        side=True,
        again="b[0] = 9\ny = a.tolist()",
    ),
    Case(
        "two views that share memory are inputs, and only one is written",
        "miss",
        setup="import numpy as np\na = np.arange(4)\nb, c = a[:3], a[1:]",
        body="b[1] = 7\ny = c.tolist()",
        then="a = np.arange(4)\nb, c = a[:3].copy(), a[1:].copy()",
        outputs=("y",),
        needs=("numpy",),
        guards="sharing",
    ),
    Case(
        "an equal frame is built otherwise",
        "hit",
        setup=_PD + "df = pd.DataFrame({'a': [1, 1, 2]}).drop_duplicates(ignore_index=True)",
        body="y = int(df.a.sum())",
        then="df = pd.DataFrame({'a': [1, 2]})",
        outputs=("y",),
        needs=("pandas",),
    ),
    Case(
        "an equal frame in another kernel",
        "hit",
        setup=_PD + "df = pd.DataFrame({'a': ['x', None], 'b': [[1], {'k': 2}], 'c': pd.to_datetime(['2024', None])})",
        body="y = df.shape",
        restart=True,
        outputs=("y",),
        needs=("pandas",),
    ),
]  # fmt: skip
