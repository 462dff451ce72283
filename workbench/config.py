"""Where the project, its store and its settings are: arguments > environment > pyproject.toml.

Environment: `WORKBENCH_CACHE` (the store's folder), `WORKBENCH_NOTEBOOK` (notebook identity, set by
the batch runner), `WORKBENCH_RUN` (run id, same), `WORKBENCH_EFFECTS` (send or hold),
`WORKBENCH_FROZEN` (recorded calls only), `WORKBENCH_SMTP`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from workbench.errors import UsageError

NO_KEY = "none-while-frozen"
"""The API key of a frozen run: clients want one even where nothing is sent."""

EffectMode = Literal["send", "hold"]


@dataclass(frozen=True, slots=True)
class Settings:
    """`[tool.workbench]` of pyproject.toml.

    Attributes:
        aliases: `host:port` to a provider's name, so that a moved server keeps its checkpoints.
        allow_hosts: hosts that a step may write to without declaring an effect.
        read_hosts: hosts where a POST only reads (vector search, telemetry).
        drain_s: how long an answer that its reader left early may take to finish.
        smtp: the server that `wb.email` sends through, `smtp://host:port`.
        sender: the From address of `wb.email`.

    """

    aliases: dict[str, str] = field(default_factory=dict)
    allow_hosts: tuple[str, ...] = ()
    read_hosts: tuple[str, ...] = ()
    drain_s: float = 30.0
    smtp: str = ""
    sender: str = ""


_roots: dict[str, Path] = {}
_identities: dict[str, str] = {}


def project_root(start: Path | None = None) -> Path | None:
    """The nearest folder upwards that holds a pyproject.toml; None outside a project.

    Found once for each folder that it starts from, so that asking again costs a microsecond.
    """
    asked = os.path.join(os.getcwd(), start or "")  # noqa: PTH109, PTH118  # hot
    if asked not in _roots:
        root = _upwards(os.path.realpath(asked))
        if root is None:
            return None
        _roots[asked] = Path(root)
    return _roots[asked]


def _upwards(folder: str) -> str | None:
    """The nearest folder with a pyproject.toml. Not kept where there is none: one may be made."""
    while not os.path.isfile(os.path.join(folder, "pyproject.toml")):  # noqa: PTH113, PTH118  # hot
        above = os.path.dirname(folder)  # noqa: PTH120
        if above == folder:
            return None
        folder = above
    return folder


def store_folder(start: Path | None = None) -> Path:
    """The store's folder: `WORKBENCH_CACHE`, else `cache/` beside pyproject.toml, else beside `start`.

    Nothing is created here.
    """
    named = os.environ.get("WORKBENCH_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    return (project_root(start) or (start or Path.cwd()).resolve()) / "cache"


def notebook_identity(path: str | Path | None = None) -> str:
    """The notebook's path relative to its project's root, with forward slashes; "" where unknown.

    Without `path`: what the batch runner passed, else what the Jupyter server says.
    """
    if path is None:
        given = os.environ.get("WORKBENCH_NOTEBOOK")
        if given:
            return given
        path = os.environ.get("JPY_SESSION_NAME")
        if not path or not path.endswith(".ipynb"):
            return ""
    asked = os.path.join(os.getcwd(), path)  # noqa: PTH109, PTH118  # hot
    if asked not in _identities:
        whole = Path(asked).resolve()
        root = project_root(whole.parent)
        if root is None:
            return whole.name
        _identities[asked] = whole.relative_to(root).as_posix()
    return _identities[asked]


def effect_mode() -> EffectMode:
    """Whether declared effects go out at once or are held until `%wb send`.

    Raises:
        UsageError: `WORKBENCH_EFFECTS` is neither send nor hold.

    """
    mode = os.environ.get("WORKBENCH_EFFECTS", "hold")
    if mode == "send":
        return "send"
    if mode == "hold":
        return "hold"
    raise UsageError(f"WORKBENCH_EFFECTS is {mode!r}", remedy="set it to send or hold")


def frozen() -> bool:
    """Whether only recorded answers may be used."""
    return os.environ.get("WORKBENCH_FROZEN", "") not in {"", "0"}


def scope() -> str:
    """What "once" is counted in besides the notebook: the parameters given to a batch run."""
    return os.environ.get("WORKBENCH_SCOPE", "")


def run_id() -> str:
    """The run that this kernel belongs to, when a batch started it; else ""."""
    return os.environ.get("WORKBENCH_RUN", "")


def settings(start: Path | None = None) -> Settings:
    """The project's settings; read once per pyproject.toml.

    Raises:
        UsageError: a setting that does not exist or has the wrong type, named.

    """
    root = project_root(start)
    return Settings() if root is None else _read(root)


@lru_cache
def _read(root: Path) -> Settings:
    import tomllib

    path = root / "pyproject.toml"
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("workbench", {})
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise UsageError(f"{path} cannot be read: {error}", remedy="mend the file") from None
    known = {f.name: f for f in fields(Settings)}
    for name in table:
        if name not in known:
            raise UsageError(
                f"[tool.workbench] in {path} has no setting {name!r}",
                remedy=f"use one of: {', '.join(known)}",
            )
    return Settings(**{name: _typed(path, name, value) for name, value in table.items()})


def _typed(path: Path, name: str, value: Any) -> Any:
    default = getattr(Settings(), name)
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(str(item) for item in value)
    if isinstance(default, float) and isinstance(value, int | float):
        return float(value)
    if type(value) is type(default):
        return value
    raise UsageError(
        f"[tool.workbench] {name} = {value!r} in {path} has the wrong type",
        remedy=f"give it as {type(default).__name__}",
    )
