"""The ways round that children take: brands, pages, programs' hosts. Two sets: the first is what
detection was tuned with, the second was drawn from the rest of the catalogue afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulator.world import CATALOGUE


@dataclass(frozen=True)
class Ways:
    """What the children of one school know of."""

    vpns: tuple[tuple[str, tuple[str, ...]], ...]  # the page, and the hosts of the app
    proxies: tuple[str, ...]
    resolvers: tuple[str, ...]  # addresses
    encrypted: tuple[str, ...]  # names of encrypted resolvers
    hidden: tuple[tuple[str, tuple[str, ...]], ...]  # Tor, Psiphon and their like
    remote: tuple[tuple[str, tuple[str, ...]], ...]
    homes: tuple[str, ...]  # endings of dynamic names
    unblocked: tuple[str, ...]  # patterns with the brand in them
    endings: tuple[str, ...]


TUNED = Ways(
    vpns=(
        ("nordvpn.com", ("api.nordvpn.com", "zwyr157wwiu6eior.com", "downloads.nordcdn.com")),
        ("www.expressvpn.com", ("www.expressapisv2.net", "api.expressvpn.works")),
        ("protonvpn.com", ("vpn-api.proton.me", "api.protonvpn.ch")),
        ("windscribe.com", ("api.windscribe.com", "assets.windscribe.dev")),
        ("www.tunnelbear.com", ("api.tunnelbear.com", "s3.polargrizzly.com")),
        ("hola.org", ("client.hola.org", "perr.hola-vpn.com")),
    ),
    proxies=(
        "www.croxyproxy.com",
        "www.proxysite.com",
        "proxyium.com",
        "hidester.com",
        "kproxy.com",
        "www.4everproxy.com",
        "blockaway.net",
    ),  # fmt: skip
    resolvers=("8.8.8.8", "8.8.4.4", "1.1.1.1", "9.9.9.9"),
    encrypted=(
        "dns.quad9.net",
        "dns.adguard.com",
        "dns.nextdns.io",
        "cloudflare-dns.com",
        "dns.google",
    ),  # fmt: skip
    hidden=(
        (
            "www.torproject.org",
            ("dist.torproject.org", "aus1.torproject.org", "bridges.torproject.org"),
        ),  # fmt: skip
        ("psiphon.ca", ("psiphon3.com", "www.psiphon3.com", "s3.psiphon3.com")),
    ),
    remote=(
        ("remotedesktop.google.com", ("remotedesktop-pa.googleapis.com",)),
        ("anydesk.com", ("relay-3f2a1c.net.anydesk.com", "api.playanext.com")),
        ("www.teamviewer.com", ("router7.teamviewer.com", "client.teamviewer.com")),
    ),
    homes=("duckdns.org", "ddns.net", "ngrok-free.app"),
    unblocked=("{}-unblocked.xyz", "unblocked-{}.net", "{}proxy.site", "unblock{}.vercel.app"),
    endings=("net", "io", "lol", "co", "app", "xyz", "uk", "top"),
)


def _held_out() -> Ways:
    """Drawn from what TUNED does not hold: later names, other makers, other patterns."""
    known = str(TUNED)

    def entries(kind: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        found = []
        for service in CATALOGUE.services.values():
            names = sorted(service.domains)
            if service.categories[0] != kind or len(names) < 2 or service.by_itself:
                continue
            brand = service.name.split("-")[0]
            fronts = [name for name in names if brand in name]
            if fronts and not any(name in known for name in names):
                hosts = tuple(f"api.{name}" for name in names if name != fronts[0])[:3]
                found.append((fronts[0], (f"app.{fronts[0]}", *hosts)))
        return tuple(found)

    return Ways(
        vpns=entries("vpn"),
        proxies=tuple(page for page, _ in entries("web-proxy")),
        resolvers=("8.8.8.8", "208.67.222.222", "94.140.14.14", "76.76.2.0", "1.0.0.1"),
        encrypted=(
            "doh.opendns.com",
            "doh.cleanbrowsing.org",
            "freedns.controld.com",
            "doh.mullvad.net",
            "dns.alidns.com",
            "dns.google",
        ),  # fmt: skip
        hidden=entries("anti-censorship") + entries("tor"),
        remote=entries("remote-desktop"),
        homes=("dynu.net", "no-ip.biz", "dynv6.net", "loca.lt", "trycloudflare.com"),
        unblocked=(
            "my{}unblocked.online",
            "{}.unblock-it.pro",
            "{}-bypass.pages.dev",
            "free{}access.click",
            "{}mirror.top",
        ),  # fmt: skip
        endings=("me", "tv", "one", "online", "co.uk", "gg", "site", "club"),
    )


HELD_OUT = _held_out()
