"""`IdentityProvider`: starts and stops it, says who there is; `Person`: a browser that logs in there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from tests.support.ports import free_port

_ROOT = Path(__file__).resolve().parents[3]
_PACKAGE = _ROOT / ".cache/oidc-provider"
_PROGRAM = Path(__file__).with_name("provider.mjs")
_MOST_STEPS = 30
CLIENT, SECRET = "ringwork", "a-secret-of-the-tests-of-32-bytes!"


class IdentityProvider:
    """`control_plane` is the URL of the one client it has. `client`: what differs of how that is registered."""

    def __init__(self, control_plane: str, **client: Any) -> None:
        self.port, self._control = free_port(), free_port()
        registered = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [f"{control_plane}/login/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
            "backchannel_logout_uri": f"{control_plane}/login/backchannel",
            "backchannel_logout_session_required": True,
            **client,
        }
        node = shutil.which("node") or str(_ROOT / ".venv/bin/node")
        ports = [str(self.port), str(self._control)]
        self._words = [node, str(_PROGRAM), str(_PACKAGE), *ports, json.dumps([registered])]
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """What it knew before is forgotten."""
        assert (_PACKAGE / "node_modules").is_dir(), "`make test` installs it: tools/oidc-provider"
        self._process = subprocess.Popen(
            self._words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None and self._process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def person(self, sub: str, **claims: Any) -> None:
        """There is somebody, or he is another now."""
        self._say("person", sub=sub, **claims)

    def gone(self, sub: str) -> None:
        self._say("gone", sub=sub)

    def rotate(self) -> None:
        """All keys are new; what was issued stays."""
        self._say("rotate")

    def _say(self, word: str, **what: Any) -> None:
        url = f"http://127.0.0.1:{self._control}/{word}"
        httpx.post(url, json=what, trust_env=False, verify=False).raise_for_status()


class Person:
    """A browser without scripts, and what somebody does in it."""

    def __init__(self, name: str, password: str = "x") -> None:
        self._name = name
        self._password = password
        # It speaks to this machine in the clear; reading all authorities of the web takes longer than a login.
        self.http = httpx.Client(trust_env=False, timeout=30.0, verify=False)
        self.visited: list[str] = []

    def opens(self, url: str) -> httpx.Response:
        """Goes where a page leads by itself, up to one that asks something."""
        return self._onward(self.http.get(url))

    def logs_in(self, url: str, *, until: str = "/login/confirm") -> httpx.Response:
        """Fills in what the provider, or the control plane, asks, up to the page `until`."""
        page = self.opens(url)
        for _ in range(_MOST_STEPS):
            if page.url.path == until or "<form" not in page.text:
                return page
            page = self.sends(page)
        raise AssertionError("it goes round and round")

    def sends(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """The form of `page`, as a browser would."""
        form = re.search(r"<form[^>]*>", page.text)
        assert form is not None, page.text
        action = re.search(r'action="([^"]*)"', form[0])
        inputs = re.findall(r"<input[^>]*>", page.text)
        given = {_attribute(each, "name"): _attribute(each, "value") for each in inputs}
        given |= {"login": self._name, "name": self._name, "password": self._password}
        given = {name: value for name, value in given.items() if f'name="{name}"' in page.text} | fields
        target = urljoin(str(page.url), unescape(action[1]) if action else "")
        at = urlsplit(target)
        sent = self.http.post(target, data=given, headers={"origin": f"{at.scheme}://{at.netloc}"})
        return self._onward(sent)

    def _onward(self, page: httpx.Response) -> httpx.Response:
        for _ in range(_MOST_STEPS):
            self.visited.append(str(page.url))
            refresh = re.search(r'http-equiv="refresh" content="0; url=([^"]*)"', page.text)
            if page.next_request is not None:
                page = self.http.send(page.next_request)
            elif refresh is not None:
                page = self.http.get(urljoin(str(page.url), unescape(refresh[1])))
            else:
                return page
        raise AssertionError("it goes round and round")

    def allows(self, page: httpx.Response, answer: str = "allow") -> httpx.Response:
        """The control plane's last question."""
        assert page.url.path == "/login/confirm", page.text
        return self.sends(page, answer=answer)


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""
