"""A page as those use it who have no mouse: Tab, again and again."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import JSHandle, Page

PRESSES = 1000  # more than that and nobody gets through
PARTS = 8  # a date has several fields, all of them one element

# Tab goes on from where the focus was last, even if that is gone
GO_TO_THE_TOP = """
() => {
    const top = document.createElement('span');
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus();
    top.remove();
}
"""
# What the page looks like before Tab is pressed, and how an element is told of
PREPARE = """
() => {
    const looks = element => ['', '::before', '::after'].map(part => {
        const style = getComputedStyle(element, part || null);
        return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow,
            style.borderColor, style.borderWidth, style.backgroundColor, style.color,
            style.textDecoration].join(';');
    }).join('|');
    const places = element => [element, ...(element.labels ?? [])];
    const before = new Map([...document.querySelectorAll('*')].map(e => [e, looks(e)]));
    const selector = element => element.id ? `#${element.id}` :
        element.localName + (element.name ? `[name=${element.name}]` : '') +
        (element.getAttribute('href') ? `[href="${element.getAttribute('href')}"]` : '');
    const text = element => (element.getAttribute('aria-label') || element.labels?.[0]?.innerText
        || element.innerText || element.value || element.title || '').trim();
    const isSeen = element => [...element.getClientRects()].some(box => {
        const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
        const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
        if (right - left <= 1 || bottom - top <= 1) return false;
        const onTop = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return element.contains(onTop) || onTop?.contains(element);
    });
    const reached = new Set();
    let order = [];
    const stops = [...document.querySelectorAll(
        'a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]'
    )].filter(e => e.tabIndex >= 0 && !e.matches(':disabled, [inert] *') && e.checkVisibility(
        {visibilityProperty: true}
    ) && (e.localName !== 'summary' || e.matches('details > summary:first-of-type')));
    return {
        look() {
            const element = document.activeElement;
            if (!element || element === document.body) return null;
            reached.add(element);
            order = order.includes(element) ? order : [...order, element];
            return {
                number: order.indexOf(element),
                selector: selector(element),
                name: text(element),
                isShown: element.matches(':focus')
                    && [...places(element), element.parentElement].some(
                        e => before.get(e) !== looks(e)),
                isSeen: places(element).some(isSeen),
            };
        },
        missed: () => stops.filter(e => !reached.has(e) && !(
            e.type === 'radio' && [...reached].some(r => r.type === 'radio' && r.name === e.name)
        )).map(selector),
    };
}
"""


@dataclass(frozen=True, slots=True)
class Focused:
    """An element that Tab leads to: how to find it, and what it's called."""

    selector: str
    name: str


def keyboard_reaches(page: Page) -> list[Focused]:
    """Every element that Tab leads to, in its order.

    Fails where one shows no focus, can't be seen when it has it, keeps it, or is never reached."""
    page.evaluate(GO_TO_THE_TOP)
    watch = page.evaluate_handle(PREPARE)
    found, faults = _walk(page, watch)
    faults += [f"Tab never leads to {missed}" for missed in watch.evaluate("w => w.missed()")]
    watch.dispose()
    assert not faults, "\n".join(faults)
    return found


def _walk(page: Page, watch: JSHandle) -> tuple[list[Focused], list[str]]:
    found: list[Focused] = []
    faults: list[str] = []
    stayed = 0
    for _ in range(PRESSES):
        page.keyboard.press("Tab")
        look = watch.evaluate("w => w.look()")
        if look is None or (look["number"] == 0 and len(found) > 1):
            return found, faults
        selector = look["selector"]
        if look["number"] == len(found):
            stayed = 0
            found.append(Focused(selector, look["name"]))
            if not look["isShown"]:
                faults.append(f"{selector} does not show that it has the focus")
            if not look["isSeen"]:
                faults.append(f"{selector} has the focus where nobody sees it")
        elif look["number"] < len(found) - 1 or (stayed := stayed + 1) > PARTS:
            return found, [*faults, f"Tab does not get past {found[-1].selector}"]
    return found, [*faults, f"Tab does not get through in {PRESSES} presses"]
