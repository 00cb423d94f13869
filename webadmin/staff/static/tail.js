// Follows the log: looks every two seconds for what is new, while somebody sees the page.
"use strict";
(() => {
  const live = document.getElementById("live");
  const log = document.getElementById("log");
  if (!live || !log) return;
  const button = live.querySelector("button");
  const status = live.querySelector("[role=status]");
  const every = Number(live.dataset.every) * 1000;
  const LONGEST = 30 * 60 * 1000; // a page left open must not keep its session alive for ever
  const OVERLAP = 20; // rows asked for again: those that go on are counted on
  let timer = 0, since = 0, fresh = 0;

  const after = () => {
    const rows = log.querySelectorAll(":scope > li");
    const last = rows[Math.min(OVERLAP, rows.length) - 1];
    return last ? Number(last.dataset.row) - 1 : Number(log.dataset.newest);
  };

  const place = (row) => {
    const old = log.querySelector(`:scope > li[data-row="${Number(row.dataset.row)}"]`);
    if (!old) return true;
    if (!old.querySelector("details[open]") && !old.contains(document.activeElement)) old.replaceWith(row);
    return false;
  };

  const look = async () => {
    if (document.hidden) return again();
    if (Date.now() - since > LONGEST) return stop("Stopped after half an hour.");
    const query = new URLSearchParams(live.dataset.query);
    query.set("after", String(after()));
    try {
      const answer = await fetch(`${live.dataset.from}?${query}`, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) return stop("It can't be followed now. Load the page again.");
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      const rows = [...found.querySelectorAll("ol > li[data-row]")].filter(place);
      if (rows.length) {
        log.prepend(...rows);
        log.hidden = false;
        document.getElementById("nothing")?.remove();
        while (log.children.length > Number(log.dataset.most)) log.lastElementChild.remove();
        fresh += rows.length;
        status.textContent = fresh === 1 ? "1 new row" : `${fresh} new rows`;
      }
    } catch {
      status.textContent = "No answer; trying again.";
    }
    again();
  };
  const again = () => { if (since) timer = setTimeout(look, every); };
  const stop = (says) => {
    clearTimeout(timer);
    since = 0;
    button.setAttribute("aria-pressed", "false");
    button.textContent = "Follow live";
    status.textContent = says;
  };
  button.addEventListener("click", () => {
    if (since) return stop("Paused.");
    since = Date.now();
    fresh = 0;
    button.setAttribute("aria-pressed", "true");
    button.textContent = "Pause";
    status.textContent = "Following.";
    look();
  });
  live.hidden = false;
})();
