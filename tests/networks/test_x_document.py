"""Every call of the adapter, checked by prism against X's own OpenAPI document; and the vector of X's signature."""

from collections.abc import AsyncIterator

import pytest
from tests.networks.mastodon_stage import Notes
from tests.networks.test_x_adapter import PICTURE, listening, online, say
from tests.networks.x_stage import Emulator

from chinwag.core.values import Attachment
from chinwag.networks.x.credentials import Credentials
from chinwag.networks.x.settings import Settings
from chinwag.transport.http import Http


@pytest.fixture
async def x(x_prism: str) -> AsyncIterator[Emulator]:
    async with Emulator(x_prism) as emulator:
        yield emulator


async def test_every_call_is_one_of_the_document(x: Emulator) -> None:
    notes = Notes()
    async with online(x, hears=True, notes=notes, direct=True, reads_per_month=1000) as (network, inbox):
        hearing = await listening(network, notes)
        x.mention("@blake one")
        for number in range(3):
            x.message(str(number))
        await hearing._look("mentions")
        await hearing._look("directs")
        await inbox.wait(4)
        picture = Attachment("image", PICTURE, description="a tiger")
        made = await network.send(say("x" * 250 + " " + "y" * 250, attachments=(picture,)))
        await network.send(say("yes", "@42", 2, reply="1346889436626259968"))
        await network.send(say("hello", "@42", 3))
        direct = await network.send(say("psst", "42", 4, attachments=(picture,)))
        network._usernames.clear()
        await network.send(say("hello again", "@42", 5))
        await network.send(say("", act="delete", ref=f"{made.ref},{direct.ref}", number=6))
    assert x.refused == []
    assert {call.partition("?")[0] for call in x.asked} == {
        *("GET /2/users/me", "GET /2/users/1/mentions", "GET /2/dm_events", "GET /2/users/42"),
        *(
            "POST /2/tweets",
            "POST /2/dm_conversations/with/42/messages",
            "POST /2/media/upload",
            "POST /2/media/metadata",
        ),
        *(f"DELETE /2/tweets/{id_}" for id_ in x.deleted if f"d{id_}" != direct.ref),
        f"DELETE /2/dm_events/{direct.ref[1:]}",
    }


async def test_what_the_document_does_not_know_is_seen(x: Emulator) -> None:
    async with online(x) as (network, _):
        await network._client.post("/2/tweets", {"text": "a", "colour": "red"})
    assert len(x.refused) == 1


async def test_the_signature_is_that_of_xs_own_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/creating-a-signature"""
    monkeypatch.setattr(
        "authlib.oauth1.rfc5849.client_auth.generate_nonce", lambda: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"
    )
    monkeypatch.setattr("authlib.oauth1.rfc5849.client_auth.generate_timestamp", lambda: "1318622958")
    settings = Settings(
        "xvz1evFS4wEEPTGEFPHBog",
        "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    )
    http = Http()
    query = [("include_entities", "true"), ("status", "Hello Ladies + Gentlemen, a signed OAuth request!")]
    keys = Credentials(settings, http)
    header = await keys.header("POST", "https://api.twitter.com/1.1/statuses/update.json", query)
    await http.close()
    assert 'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"' in header
    assert not any(secret in header for secret in (settings.consumer_secret, settings.token_secret))
