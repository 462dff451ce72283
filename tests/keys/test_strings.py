"""Names that code reads through texts are found; texts that nobody evaluates name nothing."""

from __future__ import annotations

import ast
import functools

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from notebook_code import cell

from workbench.keys.strings import named_in_strings

HELPERS = """
def ask(con): return con.sql('select * from other')
def filtered(frame): return frame.query('a > @limit')
def build(table): return f'select * from {table}'
class Asker:
    def go(self): return duckdb.sql('from other')
asker = Asker()
part = functools.partial(ask)
def pure(x): return x.strip()
"""
LIVE = {
    "df": pd.DataFrame({"a": [1]}), "other": pd.DataFrame({"b": [1]}), "table": pa.table({"a": [1]}),
    "arr": np.arange(3), "con": duckdb.connect(), "limit": 3, "k": 4, "duckdb": duckdb, "pd": pd,
    "statement": "select * from other", "expression": "a > @limit", "which": "other", "plain": "hello",
    "many": "select *\nfrom other\njoin df using (a)", "functools": functools, "n": 1,
    "statements": {"x": "from other"},
}  # fmt: skip

FOUND = {
    "df.query('a > @limit')": "limit",
    "df.query('a > @ limit and a < @k')": "k limit",
    "df.query(f'a > @limit + {n}')": "limit",
    "df.query(expression)": "limit",
    "x = 'a > @' + 'limit'\ndf.query(x)": "limit",
    "df.eval('y = a * @k')": "k",
    "pd.eval('k + limit')": "k limit",
    "from pandas import eval\neval('k + 1')": "k",
    "df.query(open('q').read())": "limit k df",
    "filtered(df)": "limit",
    "duckdb.sql('select * from df')": "df",
    "duckdb.sql('SELECT * FROM DF JOIN other USING (a)')": "df other",
    "con.execute('select * from table')": "table",
    "con.query('from arr')": "arr",
    "duckdb.sql(statement)": "other",
    "duckdb.sql(many)": "df other",
    "duckdb.sql(statements['x'])": "other",
    "duckdb.sql(f'select * from {which}')": "other",
    "duckdb.sql('select * from ' + which)": "other",
    "s = 'from {}'.format(which)\nduckdb.sql(s)": "other",
    "sql = 'from df'\nduckdb.sql(sql)": "df",
    "duckdb.sql(open('q.sql').read())": "df other table arr",
    "q = open('q.sql').read()\nduckdb.sql(q)": "df other table arr",
    "for q in qs:\n    duckdb.sql(q)": "df other table arr",
    "duckdb.sql(build(which))": "df other table arr",
    "ask(con)": "other",
    "asker.go()": "other",
    "part(con)": "other",
    "from duckdb import sql\nsql('from df')": "df",
    "from duckdb import sql as run\nrun('from df')": "df",
}
NOTHING = [
    "df.a.sum()", "x = 'select * from df'", "print('@limit')", "pure(plain)", "duckdb.sql('select 1')",
    "df.query('a > 3')", "con.execute('select 1 as limit_')", "x = query", "df['query']",
]  # fmt: skip


def names(code, texts=()):
    namespace = cell(HELPERS, {"__name__": "__main__", **LIVE})
    return named_in_strings(ast.parse(code), namespace, texts)


@pytest.mark.parametrize("code", FOUND)
def test_a_name_that_a_text_reads_is_found(code):
    assert set(FOUND[code].split()) <= names(code)


@pytest.mark.parametrize("code", NOTHING)
def test_a_text_that_names_nothing_finds_nothing(code):
    assert names(code) == frozenset()


def test_scalars_and_functions_are_no_tables():
    assert names("duckdb.sql('select limit, pure, con from df where k = 1')") <= {"df", "con"}


def test_texts_of_inputs_count_as_well():
    assert names("duckdb.sql(deep.text)", ["select * from other"]) == {"other"}


def test_only_names_that_exist_are_returned():
    assert names("df.query('a > @nobody')") == frozenset()


def test_frames_are_known_without_importing_anything():
    class Lazy:
        __module__ = "polars.lazyframe.frame"

    class Stream:
        def __arrow_c_stream__(self):
            raise AssertionError

    namespace = {"lazy": Lazy(), "stream": Stream(), "con": object()}
    tree = ast.parse("con.sql('from lazy join stream join con')")
    assert named_in_strings(tree, namespace) == {"lazy", "stream"}


def test_odd_objects_are_not_asked():
    class Odd:
        def __getattribute__(self, name):
            raise RuntimeError(name)

    assert named_in_strings(ast.parse("odd.sql('from odd')"), {"odd": Odd()}) == frozenset()
