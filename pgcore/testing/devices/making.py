"""Making: devices come from any parameters within the declared bounds, from an entry of a spec, and from another process."""

import pickle

from pgcore.contracts.device import Device
from pgcore.extras import require
from pgcore.testing.checks import Breach, after
from pgcore.testing.devices.declaration import check_names_and_units_agree
from pgcore.testing.devices.subject import DeviceSubject
from pgcore.testing.imports import check_entry_module
from pgcore.testing.options import entry

MEASURED = "vm_pu"
"""The need that the framework fills itself."""


def check_made_from_its_declared_bounds(subject: DeviceSubject) -> None:
    """A device can be made with any parameters within its declared bounds, or names the field that does not go with the others."""
    hypothesis = require("hypothesis", "testing", "check plugins")
    from pgcore.testing.strategies import Undrawable

    examples = f"give devices to check: examples = [{subject.kind.__name__}(...)] in the test class, or --examples module:name"
    refusal = "refuse a bad parameter with a QuantityError that names its field"
    try:
        subject.devices(lambda device: None)
    except Undrawable as error:
        raise Breach(f"{subject.place}: {error}", examples) from None
    except hypothesis.errors.Unsatisfiable:
        mend = f"tighten the bounds; {refusal}; or {examples}"
        raise Breach(f"{subject.place} refuses nearly all parameters within its declared bounds", mend) from None
    except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError) as error:
        raise Breach(f"{subject.place} raised {type(error).__name__} while one was made: {error}", refusal) from error


@after(check_made_from_its_declared_bounds, check_names_and_units_agree)
def check_spec_round_trip(subject: DeviceSubject) -> None:
    """A device written as an entry of a spec and read again is the same device, and is written the same way."""
    from pgcore.spec.device_entries import device_entry
    from pgcore.spec.records import strict_converter

    converter = strict_converter()

    def travel(device: Device) -> None:
        written = entry(device)
        fed = {need.name: need.low for need in device.needs if need.name != MEASURED and need.name not in written}
        try:
            read = device_entry(type(device), {**written, **fed, device.places[0]: 1}, converter).device
        except Exception as error:
            mend = "let the types and bounds of the fields say what an entry may hold"
            raise Breach(f"{device!r}, written as {written}, is refused: {_said(error)}", mend) from error
        if read != device or entry(read) != written:
            raise Breach(f"{device!r} was written as {written} and read as {read!r}", "a field must keep the value that it is given")

    subject.devices(travel)


@after(check_made_from_its_declared_bounds)
def check_pickles(subject: DeviceSubject) -> None:
    """A device can be sent to another process."""

    def travel(device: Device) -> None:
        try:
            read = pickle.loads(pickle.dumps(device))
        except Exception as error:
            mend = "define the class at the top of a module, and let no field hold a function, lock or file"
            raise Breach(f"{device!r} cannot be pickled: {type(error).__name__}: {error}", mend) from error
        if read != device:
            raise Breach(f"{device!r} was pickled and came back as {read!r}", "a device is its fields: keep nothing beside them")

    subject.devices(travel)


def check_entry_module_is_light(subject: DeviceSubject) -> None:
    """The plugin's entry module imports no heavy library and takes no time: every `pgcore` command and process imports it."""
    check_entry_module(subject.kind, subject.entry_module)


def _said(error: BaseException) -> str:
    """What an error says, or the errors that it holds."""
    return "; ".join(map(_said, error.exceptions)) if isinstance(error, BaseExceptionGroup) else str(error)


CHECKS = (check_made_from_its_declared_bounds, check_spec_round_trip, check_pickles, check_entry_module_is_light)
