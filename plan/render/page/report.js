"use strict";
(() => {
  addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("details")) d.open = true; });
  const $ = id => document.getElementById(id), root = document.documentElement;
  const all = [...document.querySelectorAll("article")], zones = [...document.querySelectorAll(".zone")];
  if (!zones.length) return;
  const filters = ["action", "risk", "type", "origin", "zone"].map(n => $(n));
  for (const f of filters) {
    for (const v of new Set(all.map(a => a.dataset[f.id]).filter(Boolean))) f.add(new Option(v, v));
    f.hidden = f.options.length < 3; // there is nothing to choose
    f.onchange = show;
  }
  let texts; // which only a search needs
  function show() {
    const words = $("search").value.toLowerCase().split(" ").filter(Boolean);
    if (words.length) texts ??= all.map(a => a.textContent.toLowerCase());
    let n = 0;
    const chosen = filters.filter(f => f.value);
    all.forEach((a, i) => {
      const hit = words.every(w => texts[i].includes(w)) && chosen.every(f => a.dataset[f.id] === f.value);
      if (a.hidden === hit) a.hidden = !hit;
      if (hit) n++;
    });
    for (const z of zones) z.hidden = z.querySelector("article") !== null && z.querySelector("article:not([hidden])") === null;
    $("count").textContent = n + " of " + all.length;
  }
  $("search").oninput = show;
  const fold = () => { const open = zones.some(z => !z.open); for (const z of zones) z.open = open; };
  const theme = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  };
  $("fold").onclick = fold;
  $("theme").onclick = theme;
  const move = by => {
    const list = all.filter(a => !a.hidden);
    const at = list.indexOf(document.activeElement), to = list[at < 0 && by < 0 ? list.length - 1 : at + by];
    if (to) { to.closest("details").open = true; to.focus(); to.scrollIntoView({block: "nearest"}); }
  };
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (/^(INPUT|SELECT)$/.test(e.target.tagName)) { if (e.key === "Escape") e.target.blur(); return; }
    const keys = {j: () => move(1), k: () => move(-1), "/": () => $("search").focus(), e: fold, t: theme};
    if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
  });
  show();
})();
