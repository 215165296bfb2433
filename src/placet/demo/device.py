"""A device in the tour: it speaks the CMP dialect over real HTTP, remembers what it is told, and shows its calls."""

import base64
import hmac
import http.client
import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Tell = Callable[[str], None]


class Surprise(Exception):
    """The server answered otherwise than the tour says it does."""


@dataclass
class Api:
    """Where the server is, and who listens to the tour."""

    host: str
    port: int
    tell: Tell
    show_calls: bool = True

    def call(
        self, method: str, path: str, headers: dict[str, str], body: Any = None
    ) -> tuple[int, Any, dict[str, str]]:
        """One call: status, JSON body (None where there is none), headers. It is shown as the curl that repeats it."""
        data = None if body is None else json.dumps(body)
        if self.show_calls:
            self.tell(curl(f"http://{self.host}:{self.port}{path}", method, headers, data))
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
            said = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, json.loads(text) if text else None, said
        finally:
            connection.close()


def curl(url: str, method: str, headers: dict[str, str], data: str | None) -> str:
    """The command that repeats a call, long values on lines of their own."""
    lines = [f"curl -s {'-X ' + method + ' ' if method != 'GET' else ''}{shlex.quote(url)}"]
    lines += [f"  -H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    lines += [f"  -d {shlex.quote(data)}"] if data else []
    return " \\\n".join(lines)


@dataclass
class Device:
    """A phone, a browser or a television with one app on it."""

    api: Api
    name: str
    app_id: str
    country: str
    region: str = ""
    kind: str = "mobile"
    memory: str = ""
    person: str = ""
    token: str = ""
    answer: dict[str, Any] = field(default_factory=dict)

    def launch(self) -> "Device":
        """Start the app: must the person be asked?"""
        return self._call("GET", "/cfw/cmp/v1/banner")

    def choose(self, interaction: str, consent: dict[str, Any] | None = None) -> "Device":
        """Press a button."""
        body: dict[str, Any] = {"interactionType": interaction, "userAgent": f"{self.name} (tour)"}
        return self._call("POST", "/cfw/cmp/v1/save-log-consent", body | ({"consent": consent} if consent else {}))

    def log_in(self, person: str, token: str) -> "Device":
        """Log in: the device's anonymous choices and the person's profile are brought together."""
        self.person, self.token = person, token
        return self.choose("SYNC_PROFILE")

    def expect(self, reason: int, *, shows: bool, why: str) -> "Device":
        """Say what the server decided, and insist that it is what the tour promises. Raises Surprise."""
        config = self.answer["appConfig"]
        verdict = "banner" if config["showBanner"] else "no banner"
        self.api.tell(f"← {verdict} · {config['bannerReasonCode']} {config['bannerReason']}\n{why}")
        if (config["bannerReasonCode"], config["showBanner"]) != (reason, shows):
            raise Surprise(f"{self.name}: expected {reason}, got {config['bannerReasonCode']}")
        return self

    def holds(self, **groups: int) -> "Device":
        """Say which categories are on and off now, and insist. Raises Surprise."""
        kept = self.answer["storageKeys"]["OT_GroupConsents"]
        self.api.tell("  " + "  ".join(f"{'●' if kept.get(id) else '○'} {id}" for id in sorted(kept)))
        wrong = {id: kept.get(id) for id, value in groups.items() if kept.get(id) != value}
        if wrong:
            raise Surprise(f"{self.name}: expected {groups}, got {wrong}")
        return self

    def _call(self, method: str, path: str, body: Any = None) -> "Device":
        status, answer, _ = self.api.call(method, path, self._headers(body is not None), body)
        if status != 200 or answer["errors"]:
            raise Surprise(f"{self.name}: {status} {answer}")
        self.answer = answer
        self.memory = answer["otConsentString"]
        return self

    def _headers(self, has_body: bool) -> dict[str, str]:
        own = {
            "OT-CDN-Location": "cdn.cookielaw.org",
            "OT-App-Id": self.app_id,
            "OT-Device-Type": self.kind,
            "OT-SDK-Version": "202606.1.0",
            "OT-Country-Code": self.country,
            "OT-Region-Code": self.region,
            "OT-Consent-String": self.memory,
            "Content-Type": "application/json" if has_body else "",
        }
        if self.person:
            own |= {
                "OT-Identifier": self.person,
                "OT-Sync-Profile-Auth": self.token,
                "OT-Fetch-Type": "APP_DATA_AND_SYNC_PROFILE",
                "OT-Identifier-UpdateType": "Rename-Identifier",
            }
        return {name: value for name, value in own.items() if value}


def profile_token(person: str, secret: str) -> str:
    """What a company's own login server would hand its app: an HS256 token whose subject is the person."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")

    signed = f"{part({'alg': 'HS256', 'kid': 'shop-login'})}.{part({'sub': person})}"
    mac = hmac.digest(secret.encode(), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
