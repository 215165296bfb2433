"""A page with mParticle's web SDK and OneTrust's kit, unmodified, that loads its settings from us and sends to us."""

from pathlib import Path
from typing import Any

from on_node import installed
from playwright.sync_api import BrowserContext, Page

from tests.clients.deployment import KEY, Deployment

CLIENTS = Path(__file__).parent / "node-mparticle"
KIT = "(() => {{ const exports = {{}}, module = {{exports}}; {text}; window.OneTrustKit = module.exports; }})();"

CONSENT = """
    window.OnetrustActiveGroups = ',C0001,';
    window.listeners = [];
    window.Optanon = { OnConsentChanged: (told) => window.listeners.push(told) };
    window.OneTrust = { getVendorConsentsRequestV2: (told) => told({}) };
    window.OptanonWrapper = () => {};
    window.choose = (groups) => { window.OnetrustActiveGroups = groups; window.listeners.forEach((told) => told()); };
"""
"""What a consent platform shows to pages (mparticle.md §3.2)."""

START = """
    async ([key, here, development]) => {
        const config = await (await fetch(`http://${here}/JS/v2/${key}/config?env=${Number(development)}`)).json();
        Object.assign(config, {
            requestConfig: false, forceHttps: false, isDevelopmentMode: development, logLevel: 'none',
            identityUrl: `${here}/v1/`, aliasUrl: `${here}/v1/identity/`, userAudienceUrl: `${here}/v1/`,
            v1SecureServiceUrl: `${here}/v1/JS/`, v2SecureServiceUrl: `${here}/v2/JS/`,
            v3SecureServiceUrl: `${here}/v3/JS/`,
        });
        window.OneTrustKit.register(config);
        if (window.registerKits) window.registerKits(config);
        window.mParticle.init(key, config);
        await new Promise((done) => window.mParticle.ready(done));
        window.OptanonWrapper();
    }
"""


def open_page(
    visitor: BrowserContext, deployment: Deployment, *, groups: str, development: bool = False, before: str = ""
) -> Page:
    """A page of another origin that has loaded everything, run a script of its own, and started the SDK."""
    page = visitor.new_page()
    page.goto(f"http://localhost:{deployment.port}/readyz")
    modules = installed(CLIENTS) / "node_modules" / "@mparticle"
    page.evaluate(CONSENT)
    page.evaluate("groups => { window.OnetrustActiveGroups = groups }", groups)
    page.add_script_tag(content=(modules / "web-sdk/dist/mparticle.js").read_text("utf-8"))
    text = (modules / "web-onetrust-kit/dist/OneTrustKit.common.js").read_text("utf-8")
    page.add_script_tag(content=KIT.format(text=text))
    if before:
        page.add_script_tag(content=before)
    page.evaluate(START, [KEY, f"127.0.0.1:{deployment.port}", development])
    return page


def log(page: Page, name: str, **attributes: Any) -> None:
    """Log a custom event."""
    script = "([name, attributes]) => mParticle.logEvent(name, mParticle.EventType.Navigation, attributes)"
    page.evaluate(script, [name, attributes])
