"""What a PI server alone has, put together."""

from __future__ import annotations

from tests.nodes import AUTHKEY, HEALTHY, PRIMARY, Lab, Servers
from tofulab.state.preconditions import Identity


async def test_a_server_says_who_it_is(lab: Lab) -> None:
    """Its host name is the one that is configured now."""
    node = await lab.open("prime-pri")
    lab.running.append(node)
    node.configuration.change(hostname="renamed")
    expected = Identity(address=PRIMARY, name="renamed", version="3.5")
    assert expected == node.prime.identity()


async def test_the_authentication_key_can_be_changed(lab: Lab) -> None:
    """Only the new key is right from then on, also after a restart."""
    node = await lab.boot("prime-pri")
    assert await node.prime.check_authkey(AUTHKEY)
    await node.prime.set_authkey("Other-Key-1")
    assert not await node.prime.check_authkey(AUTHKEY)
    await lab.pull_plug(node)
    node = await lab.boot("prime-pri")
    assert await node.prime.check_authkey("Other-Key-1")


async def test_without_an_authentication_key_none_is_right(lab: Lab) -> None:
    """A server that was given no key lets nobody in, until it has one."""
    node = await lab.boot("prime-pri", ha_authkey=None)
    assert not await node.prime.check_authkey("")
    await node.prime.set_authkey(AUTHKEY)
    assert await node.prime.check_authkey(AUTHKEY)


async def test_a_new_key_leaves_the_pair_alone(registered: Servers) -> None:
    """The key is for registering; a standing pair has its own secret."""
    await registered.secondary.prime.set_authkey("Other-Key-1")
    assert HEALTHY == registered.states


async def test_removal_without_a_pair_is_nothing(lab: Lab) -> None:
    """There is nobody to tell."""
    node = await lab.boot("prime-pri")
    assert None is await node.prime.remove()
    assert [] == node.prime.pair.events()
