"""A control plane that listens, and what people and commands do with it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from ringwork.api.application import admin_api
from ringwork.api.serving import AdminServer
from ringwork.control.ledger.ledger import Ledger
from ringwork.control.people.logins import s256
from ringwork.control.signing_keys import ledger_key
from ringwork.control.store.ledger import SqlLedger
from tests.rooms.api.twin import TOKEN, PlaneTwin
from tests.rooms.control.world import World
from tests.support.conformity import Conformity
from tests.support.identity_provider.provider import SECRET, Person

RECEIVER = "http://127.0.0.1:9/"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class ControlPlane:
    """From `with` to its end; `world` is what is behind it, and says what time it is."""

    def __init__(self, world: World, plane: PlaneTwin, port: int, conformity: Conformity) -> None:
        self.world = world
        self.plane = plane
        world.secrets["secret://idp"] = SECRET
        self._server = AdminServer(f"127.0.0.1:{port}")
        self._conformity = conformity
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=30.0, verify=False)

    @property
    def url(self) -> str:
        return self._server.url

    def __enter__(self) -> ControlPlane:
        self._server.start(admin_api(self.plane, token=TOKEN, hosts=self._server.hosts))
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def as_(self, token: str) -> httpx.Client:
        """Calls with this token; what is answered is what the OpenAPI document says."""
        headers = {"authorization": f"Bearer {token}"}
        hooks: dict[str, list[Callable[..., Any]]] = {"response": [self._conformity]}
        return httpx.Client(
            base_url=self.url, headers=headers, event_hooks=hooks, trust_env=False, timeout=30.0, verify=False
        )

    @property
    def owner(self) -> httpx.Client:
        return self.as_(TOKEN)

    def later(self, **time: float) -> None:
        self.world.now += timedelta(**time)

    def entries(self) -> list[dict[str, Any]]:
        """All of the ledger."""
        ledger = Ledger(
            SqlLedger(self.world.database), self.world.directory, key=lambda: ledger_key(self.world.directory)
        )
        with ledger.export() as lines:
            found = [json.loads(line) for line in lines]
        return [each for each in found if "seq" in each]

    def actions(self) -> list[str]:
        return [each["action"] for each in self.entries()]

    # A login, as a command does it

    def begin(self, **form: str) -> dict[str, Any]:
        return self.post("/login/device", **form).json()  # type: ignore[no-any-return]

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.http.post(path, data={"client_id": "ringwork", **form})

    def polled(self, begun: dict[str, Any]) -> dict[str, Any]:
        return self.post("/login/token", grant_type=DEVICE_GRANT, device_code=begun["device_code"]).json()  # type: ignore[no-any-return]

    def token_of(self, person: Person) -> str:
        """Of somebody who logs in with a code, and allows it."""
        begun = self.begin(device="laptop")
        person.allows(person.logs_in(begun["verification_uri_complete"]))
        said = self.polled(begun)
        assert "access_token" in said, said
        return str(said["access_token"])

    def invited(self, name: str, *groups: str) -> str:
        made = self.owner.post("/invitations", json={"name": name, "groups": groups})
        assert made.status_code == 201, made.text
        return str(made.json()["link"])

    def account(self, name: str, *groups: str) -> Person:
        """Somebody who has one."""
        password = f"the password of nobody but {secrets.token_hex(4)}"
        person = Person(name, password)
        page = person.opens(self.invited(name, *groups))
        assert "Welcome" in person.sends(page, password=password, again=password).text
        return person


class Loopback:
    """A command that waits on loopback: what it asks for, and what it is brought."""

    def __init__(self, at: ControlPlane) -> None:
        self._at = at
        self.verifier, self.state = secrets.token_urlsafe(32), secrets.token_urlsafe(16)
        self.asked = {
            "response_type": "code",
            "client_id": "ringwork",
            "redirect_uri": RECEIVER,
            "state": self.state,
            "code_challenge": s256(self.verifier),
            "code_challenge_method": "S256",
            "device": "laptop",
        }

    def url(self, **other: str) -> str:
        return str(httpx.URL(self._at.url + "/login/authorize", params=self.asked | other))

    def brought(self, person: Person) -> dict[str, str]:
        """After the person allowed it: what the browser brings to the receiver."""
        page = person.logs_in(self.url())
        form = person.http.build_request("GET", page.url)
        assert form.url.path == "/login/confirm", page.text
        answer = person.http.post(
            self._at.url + "/login/confirm",
            data={"csrf": csrf_of(page), "answer": "allow"},
            headers={"origin": self._at.url},
        )
        found = answer.text.split("0; url=")[1].split('"')[0].replace("&amp;", "&")
        return {name: values[0] for name, values in parse_qs(urlsplit(found).query).items()}

    def exchanged(self, code: str, **other: str) -> httpx.Response:
        form = {"code": code, "redirect_uri": RECEIVER, "code_verifier": self.verifier}
        return self._at.post("/login/token", grant_type="authorization_code", **form | other)


def csrf_of(page: httpx.Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"')[0]
