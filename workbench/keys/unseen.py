"""What no key can see, by its dotted name, and the attributes that give it away."""

from __future__ import annotations

NAMES = {
    "it reads the clock": """
        time datetime.date.today datetime.datetime.now datetime.datetime.today
        datetime.datetime.utcnow pandas.Period.now pandas.Timestamp.now
        pandas.Timestamp.today pandas.Timestamp.utcnow email.utils.localtime email.utils.formatdate
        logging.LogRecord logging.makeLogRecord
    """,
    "it draws random numbers": """
        random _random secrets tempfile numpy.random os.urandom os.getrandom
        uuid.uuid1 uuid.uuid4 uuid.uuid6 uuid.uuid7 uuid.getnode
    """,
    "it reads the environment": """
        os.environ os.environb os._Environ os.getenv os.getenvb os.getpid os.getppid threading.get_ident
        threading.get_native_id threading.current_thread sys.argv sys.path
        os.path.expandvars os.path.expanduser pathlib.Path.home pathlib.Path.expanduser
    """,
    "it asks about the machine": """
        platform psutil resource tracemalloc gc.get_objects gc.get_count gc.get_stats socket.gethostname socket.getfqdn os.cpu_count
        os.process_cpu_count os.uname os.getlogin os.getloadavg os.times os.get_terminal_size
        shutil.disk_usage shutil.get_terminal_size shutil.which multiprocessing.cpu_count
    """,
    "it queries a database": """
        duckdb _duckdb sqlite3 sqlalchemy sqlmodel psycopg psycopg2 asyncpg aiosqlite pymysql MySQLdb
        mysql oracledb cx_Oracle pyodbc pymssql turbodbc connectorx adbc_driver_manager
        clickhouse_connect clickhouse_driver snowflake google.cloud.bigquery redis pymongo motor
        cassandra neo4j elasticsearch opensearchpy ibis peewee tortoise
        pandas.read_sql pandas.read_sql_query pandas.read_sql_table pandas.io.sql
    """,
    "it reads the journal": "workbench.sql workbench.verbs workbench.views workbench.query",
    "it asks the terminal": "getpass builtins.input builtins.breakpoint",
    "it runs code made at run time": "builtins.eval builtins.exec builtins.compile",
    "it reads all names": """
        builtins.globals builtins.locals builtins.vars builtins.dir sys.modules sys._getframe
        sys.stdin inspect.currentframe inspect.stack inspect.getmodule
        IPython.get_ipython IPython.core.getipython
        IPython.core.interactiveshell gc.get_referrers gc.get_referents gc.get_objects
    """,
    "it reads source texts": """
        inspect.getsource inspect.getsourcelines inspect.getcomments inspect.findsource
        inspect.getblock linecache
    """,
    "it imports by name": "importlib builtins.__import__",
    "it reads addresses in memory": "builtins.id",
    "it hashes, which differs from process to process": "builtins.hash",
}
"""Reason to the names that it stands for; what lies below a name counts with it."""

EACH_TIME = (
    "it queries a database", "it reads the journal", "it reads all names", "it imports by name",
    "it runs code made at run time", "it reads source texts",
)  # fmt: skip
"""Reasons that forbid to serve an outcome even to its own run."""

TELLING = {
    **dict.fromkeys(("now", "today", "utcnow"), "it reads the clock"),
    **dict.fromkeys(("expanduser", "home"), "it reads the environment"),
    "__hash__": "it hashes, which differs from process to process",
    **dict.fromkeys(
        (
            "__globals__", "f_globals", "f_locals", "f_back", "tb_frame", "gi_frame", "cr_frame",
            "ag_frame", "user_ns", "user_global_ns", "__subclasses__",
        ),
        "it reads all names",
    ),
}  # fmt: skip
"""Attributes that tell the same of whatever they are read: the object need not be known."""
