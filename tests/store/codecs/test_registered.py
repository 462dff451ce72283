import pytest

from workbench.errors import UsageError
from workbench.store.codecs import CannotRestore, document, dump, load, register, registered


class Money:
    def __init__(self, cents, currency="EUR"):
        self.cents, self.currency = cents, currency


class Other:
    pass


@pytest.fixture(autouse=True)
def registry():
    """Leaves no registration behind."""
    by_tag, by_type, kinds = (
        dict(document._by_tag),
        dict(document._by_type),
        dict(registered._kinds),
    )
    yield
    for table, before in (
        (document._by_tag, by_tag),
        (document._by_type, by_type),
        (registered._kinds, kinds),
    ):
        table.clear()
        table.update(before)


def register_money(**options):
    register(Money, to=lambda m: (m.cents, m.currency), from_=lambda t: Money(*t), **options)


def test_a_registered_class_comes_back(round_trip):
    register_money()
    restored = round_trip({"price": Money(5), "list": [Money(6, "USD")]})
    assert (restored["price"].cents, restored["list"][0].currency) == (5, "USD")


def test_aliases_of_registered_instances_are_kept(round_trip):
    register_money()
    price = Money(5)
    restored = round_trip([price, price, Money(5)])
    assert restored[0] is restored[1]
    assert restored[0] is not restored[2]


def test_registering_again_replaces(round_trip):
    register_money()
    register(Money, to=lambda m: m.cents, from_=Money)
    assert round_trip(Money(5)).cents == 5


def test_what_was_stored_needs_its_registration():
    register_money(name="shop.Money")
    written = dump({"x": Money(5)}, namespace={})
    del document._by_tag["registered:shop.Money"]
    with pytest.raises(CannotRestore, match="shop.Money"):
        load(written.body, namespace={})


def test_a_codec_that_loses_something_is_refused(refusal):
    register(Money, to=lambda m: m.cents, from_=lambda cents: Money(cents + 1))
    error = refusal([Money(5)])
    assert error.path == "value[0]"
    assert "not come back equal" in error.reason


def test_a_codec_that_gives_back_another_type_is_refused(refusal):
    register(Money, to=lambda m: m.cents, from_=lambda cents: cents)
    assert refusal([Money(5)]).path == "value[0]"


def test_a_codec_that_fails_is_refused(refusal):
    register(Money, to=lambda m: 1 // 0, from_=Money)
    assert "ZeroDivisionError" in refusal([Money(5)]).reason
    register(Money, to=lambda m: 1, from_=lambda _: 1 // 0)
    assert "cannot be built again" in refusal([Money(5)]).reason
    register(Money, to=lambda m: Other(), from_=Money)
    assert refusal([Money(5)]).type_name.endswith("Other")


def test_subclasses_are_not_included(refusal):
    register_money()

    class Cash(Money):
        pass

    assert "ordinary object" in refusal(Cash(1)).reason


@pytest.mark.parametrize("kind", [list, int, dict])
def test_builtins_cannot_be_registered(kind):
    with pytest.raises(UsageError, match="stored by the workbench itself"):
        register(kind, to=list, from_=list)
