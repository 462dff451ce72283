"""Names that stand inside texts: queries, SQL over frames, code made at run time.

Tables named in SQL were no dependencies: https://github.com/marimo-team/marimo/pull/2427 and
https://github.com/marimo-team/marimo/issues/6533.
"""

from traps.case import Case

_DF = "import pandas as pd\ndf = pd.DataFrame({'x': [1, 2, 3]})\nlimit = 1"
_SQL = "import duckdb, pandas as pd\ndf = pd.DataFrame({'x': [1, 2, 3]})"
_NEW = "df = pd.DataFrame({'x': [7]})"


def _edit(name, setup, body, then, needs=(), **more):
    return Case(
        name, "miss", setup=setup, body=body, then=then, outputs=("y",), needs=needs, **more
    )


CASES = [
    _edit("a frame's query names a variable", _DF, "y = df.query('x > @limit').x.tolist()", "limit = 2", ("pandas",)),
    _edit("a query's text is a value that names a variable", _DF + "\ntext = 'x > @limit'", "y = df.query(text).x.tolist()", "limit = 2", ("pandas",)),
    _edit("a frame's eval names a variable", _DF, "y = df.eval('x + @limit').tolist()", "limit = 2", ("pandas",)),
    _edit("pandas.eval names a variable", _DF, "y = int(pd.eval('limit + 1'))", "limit = 2", ("pandas",)),
    _edit("a query is made in a function of the notebook", _DF + "\ndef pick(d):\n    return d.query('x > @limit').x.tolist()", "y = pick(df)", "limit = 2", ("pandas",)),
    _edit("SQL names a frame", _SQL, "y = duckdb.sql('select sum(x) from df').fetchall()", _NEW, ("duckdb", "pandas"), guards="strings"),
    _edit("SQL in a formatted text names a frame", _SQL + "\nn = 0", "y = duckdb.sql(f'select sum(x) + {n} from df').fetchall()", _NEW, ("duckdb", "pandas")),
    _edit("SQL is a value that names a frame", _SQL + "\ntext = 'select sum(x) from df'", "y = duckdb.sql(text).fetchall()", _NEW, ("duckdb", "pandas")),
    _edit("SQL whose table name is a value", _SQL + "\ntable = 'df'", "y = duckdb.sql('select sum(x) from ' + table).fetchall()", _NEW, ("duckdb", "pandas")),
    _edit("SQL describes a frame", _SQL, "y = duckdb.sql('describe df').fetchall()", "df = pd.DataFrame({'z': ['a']})", ("duckdb", "pandas")),
    _edit("SQL in capitals names a frame", _SQL, "y = duckdb.sql('SELECT SUM(X) FROM df').fetchall()", _NEW, ("duckdb", "pandas")),
    _edit("a function imported from DuckDB runs SQL over a frame", "from duckdb import sql\nimport pandas as pd\ndf = pd.DataFrame({'x': [1]})", "y = sql('select sum(x) from df').fetchall()", _NEW, ("duckdb", "pandas")),
    _edit("SQL names a frame in a function of the notebook", _SQL + "\ndef total():\n    return duckdb.sql('select sum(x) from df').fetchall()", "y = total()", _NEW, ("duckdb", "pandas")),
    _edit("eval names a variable", "x = 1", "y = eval('x + 1')", "x = 2"),
    _edit("exec names a variable", "x = 1", "exec('y = x + 1')", "x = 2"),
    _edit("globals() gives a variable", "x = 1", "y = globals()['x']", "x = 2"),
    _edit("locals() gives a variable", "x = 1", "y = '{x}'.format(**locals())", "x = 2"),
    _edit("vars() of the main module gives a variable", "x = 1\nimport __main__", "y = vars(__main__)['x']", "x = 2"),
    _edit("the main module's attribute is a variable", "x = 1\nimport __main__", "y = __main__.x", "x = 2"),
    _edit("a name is looked up through sys.modules", "x = 1\nimport sys", "y = sys.modules['__main__'].x", "x = 2"),
    _edit("eval is called by a function of the notebook", "x = 1\ndef run(text):\n    return eval(text)", "y = run('x + 1')", "x = 2"),
    _edit("the shell's history is read", "x = 1\n41", "y = _ + 1", "50"),
    _edit("the shell's namespace is read", "x = 1", "y = get_ipython().user_ns['x']", "x = 2"),
    Case(
        "a query without variables",
        "hit",
        setup=_DF,
        body="y = df.query('x > 1').x.tolist()",
        then="limit = 2",
        outputs=("y", "limit"),
        needs=("pandas",),
    ),
    Case(
        "a text that only looks like a name",
        "hit",
        setup="x = 1",
        body="y = 'x' + ' is no name'",
        then="x = 2",
        outputs=("y", "x"),
    ),
]  # fmt: skip
