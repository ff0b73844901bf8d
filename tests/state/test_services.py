"""The node's processes: started and stopped together, whoever waits."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.polling import until
from tofulab.state.clock import Clock
from tofulab.state.keystore import KeyPair, KeyStore
from tofulab.state.services import Power, Services, ServicesBusy
from tofulab.state.store import Store


@dataclass
class Ports:
    """Listeners that note what they are told, and do it when the gate is open."""

    gate: asyncio.Event
    in_use: bool = False
    shown: KeyPair | None = None
    log: list[str] = field(default_factory=list)

    async def open(self, pair: KeyPair) -> None:
        """Show a pair."""
        await self.gate.wait()
        if self.in_use:
            raise OSError("port in use")
        self.shown = pair
        self.log.append("open")

    async def close(self) -> None:
        """Show nothing."""
        await self.gate.wait()
        self.shown = None
        self.log.append("close")


@pytest.fixture
async def ports() -> Ports:
    """The listeners, with the gate open."""
    ports = Ports(asyncio.Event())
    ports.gate.set()
    return ports


@pytest.fixture
def services(
    store: Store, make_pair: Callable[[str], KeyPair], ports: Ports
) -> Services:
    """The services of a node that has power and no services."""
    keystore = KeyStore(store)
    keystore.install(make_pair("prime-pri"))
    services = Services(keystore, Clock(math.inf))
    services.listeners = ports
    services.power = Power.STOPPED  # as after a boot and `ncs stop`
    services.on_start.append(lambda: ports.log.append("started"))
    services.on_stop.append(lambda: ports.log.append("stopped"))
    return services


def has_power(services: Services, power: Power) -> bool:
    """Tell whether the services are doing this."""
    return services.power is power


async def test_start_and_stop(services: Services, ports: Ports) -> None:
    """Listeners open before, and close after, who depends on them is told."""
    await services.start()
    assert (Power.RUNNING, True) == (services.power, services.running)
    assert ports.shown is not None
    await services.stop()
    assert (Power.STOPPED, False, None) == (
        services.power,
        services.running,
        services.served,
    )
    assert ["open", "started", "stopped", "close"] == ports.log


async def test_what_is_so_already_is_not_done_again(
    services: Services, ports: Ports
) -> None:
    """Starting what runs and stopping what is stopped do nothing."""
    await services.stop()
    assert [] == ports.log
    await services.start()
    await services.start()
    assert ["open", "started"] == ports.log


async def test_a_new_certificate_is_used_after_a_restart(
    services: Services, store: Store, make_pair: Callable[[str], KeyPair]
) -> None:
    """What is served is what was installed when the services started."""
    await services.boot()
    old, new = services.served, make_pair("new")
    KeyStore(store).install(new)
    assert old is services.served
    await services.stop()
    await services.start()
    assert services.served is not None
    assert new.certificate == services.served.certificate


async def test_one_thing_at_a_time(services: Services, ports: Ports) -> None:
    """While the services start or stop, they can be neither started nor stopped."""
    for work, power in (
        (services.start, Power.STARTING),
        (services.stop, Power.STOPPING),
    ):
        ports.gate.clear()
        busy = asyncio.ensure_future(work())
        await until(partial(has_power, services, power))
        for other in (services.start, services.stop):
            with pytest.raises(ServicesBusy, match=f"The services are {power}"):
                await other()
        ports.gate.set()
        await busy
    assert Power.STOPPED is services.power


async def test_starting_goes_on_without_who_asked(
    services: Services, ports: Ports
) -> None:
    """A session that ends while `ncs start` runs does not stop it."""
    ports.gate.clear()
    waiting = asyncio.ensure_future(services.start())
    await until(lambda: services.power is Power.STARTING)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    ports.gate.set()
    await until(lambda: services.running)


async def test_a_port_in_use_leaves_them_stopped(
    services: Services, ports: Ports
) -> None:
    """A start that fails can be tried again."""
    ports.in_use = True
    with pytest.raises(OSError, match="port in use"):
        await services.start()
    assert (Power.STOPPED, None) == (services.power, services.served)
    ports.in_use = False
    await services.start()
    assert ["open", "started"] == ports.log


async def test_power_off_ends_a_start(services: Services, ports: Ports) -> None:
    """A node that loses power while its services start has none."""
    ports.gate.clear()
    starting = asyncio.ensure_future(services.start())
    await until(lambda: services.power is Power.STARTING)
    halting = asyncio.ensure_future(services.halt())
    await until(lambda: starting.done())
    ports.gate.set()
    await asyncio.gather(halting, starting, return_exceptions=True)
    assert (Power.STOPPED, None, ["close"]) == (services.power, ports.shown, ports.log)


async def test_power_off_of_stopped_services_tells_nobody(
    services: Services, ports: Ports
) -> None:
    """Who depends on the services is told once that they stopped."""
    await services.boot()
    await services.stop()
    await services.halt()
    assert 1 == ports.log.count("stopped")
