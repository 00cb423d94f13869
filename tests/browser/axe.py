"""What axe-core finds wrong with a page for those who read it otherwise than most."""

from __future__ import annotations

from importlib import resources

from playwright.sync_api import Page

SCRIPT = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
OPTIONS = {
    "runOnly": {"type": "tag", "values": RULES},
    "rules": {"target-size": {"enabled": True}},  # WCAG 2.2's, which axe leaves out unless asked
    "resultTypes": ["violations"],
    "preload": False,  # it would ask for style sheets once more
}
RUN = """
async options => {
    const found = [];
    for (const rule of (await axe.run(document, options)).violations)
        for (const node of rule.nodes)
            found.push(`${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${rule.help}`);
    return found;
}
"""


def violations(page: Page) -> list[str]:
    """WCAG 2.2 to level AA and axe's best practice, one line for each element at fault: rule,
    impact, selector and help. Only on a page with JavaScript: axe is some."""
    page.evaluate(SCRIPT)  # as a console does, which no Content-Security-Policy holds back
    found: list[str] = page.evaluate(RUN, OPTIONS)
    return found
