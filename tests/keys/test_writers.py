"""A file name that code only writes to is told from one that it may read."""

from __future__ import annotations

import ast

import pytest

from workbench.keys.writers import may_read_folders, only_written


@pytest.mark.parametrize(
    "code",
    [
        "df.to_csv('a.csv')", "open('a.csv', 'w').write(x)", "with open('a.csv', mode='wb') as f: pass",
        "Path('a.csv').write_text(x)", "fig.savefig('a.csv', dpi=3)", "np.save('a.csv', x)",
    ],
)  # fmt: skip
def test_a_literal_that_is_only_a_target_is_only_written(code):
    assert only_written(ast.parse(code)) == {"a.csv"}
    assert only_written(ast.parse(code + "\nprint('a.csv')")) == frozenset()
    assert only_written(ast.parse(code), {"a.csv"}) == frozenset()
    assert only_written(ast.parse("x.sql(\"from 'a.csv'\")\n" + code)) == frozenset()


@pytest.mark.parametrize(
    "code",
    [
        "open('a.csv')", "open('a.csv', 'a')", "open('a.csv', 'r+')", "open('a.csv', how)", "x = 'a.csv'",
        "df.to_csv('a.csv', mode='a')", "df.to_csv('a.csv', **more)", "pd.read_csv('a.csv')",
        "Path(root, 'a.csv').write_text(x)", "df.to_sql('a.csv', con)", "df.to_dict('a.csv')",
    ],
)  # fmt: skip
def test_a_literal_that_may_be_read_is_not(code):
    assert only_written(ast.parse(code)) == frozenset()


def test_code_that_may_give_a_folder_to_a_reader_is_told():
    assert may_read_folders(frozenset({"pq", "read_table"}))
    assert may_read_folders(frozenset({"DeltaTable"}))
    assert not may_read_folders(frozenset({"Path", "mkdir", "to_csv", "write_text"}))
