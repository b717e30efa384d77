"""Every device of the core and of each installed plugin passes the kit."""

from pgcore.catalog import Catalog
from pgcore.testing.devices import DeviceChecks

for _name, _kind in Catalog.discover().types("device").items():
    _checks = f"Test{''.join(part.capitalize() for part in _name.split('_'))}"
    globals()[_checks] = type(_checks, (DeviceChecks,), {"device": _kind})
