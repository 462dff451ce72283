"""What the codec tests share: a round trip, a refusal, and a notebook's namespace."""

import pytest

from workbench.store.codecs import NoCodec, dump, load, same


@pytest.fixture(scope="session")
def round_trip():
    """Dump and load one value, and check that it came back the same."""

    def run(value, namespace=None):
        names = {} if namespace is None else namespace
        written = dump({"value": value}, namespace=names)
        restored = load(written.body, written.blobs, namespace=names)["value"]
        assert same(value, restored)
        assert type(restored) is type(value)
        return restored

    return run


@pytest.fixture(scope="session")
def refusal():
    """Dump a value that has no codec, and return the refusal."""

    def run(value, namespace=None, **options):
        with pytest.raises(NoCodec) as caught:
            dump({"value": value}, namespace=namespace or {}, **options)
        return caught.value

    return run


@pytest.fixture
def notebook():
    """Executes a cell as a notebook would, and returns the names of `__main__`."""
    names = {"__name__": "__main__"}

    def run(source):
        exec(compile(source, "<cell>", "exec"), names)
        return names

    return run
