// The worklist as a table, and as cards where there is little room. It draws what it is given and reports two
// things: the case to open, and which cases are selected. It never moves the focus.

const DWELL_MS = 100;
const ACTIVE = "cxr-active";
const RELEASES = ["pointerup", "pointercancel", "blur"];
const SEARCH = ".st-key-search";
const FIELDS =
  "input:not([type=checkbox]), textarea, select, [contenteditable=''], [contenteditable=true], [role=textbox], " +
  "[role=combobox], [role=dialog], [role=listbox]";

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const table = (parentElement.caseTable ??= makeTable(parentElement));
  table.send = { setStateValue, setTriggerValue };
  table.draw(data);
  return () => table.close();
}

function makeTable(root) {
  const box = root.querySelector(".box");
  const head = root.querySelector("thead tr");
  const body = root.querySelector("tbody");
  const rows = new Map(); // case number: { tr, text }
  const it = { send: null, data: null, selected: new Set(), sequence: 0, active: null, pressed: false, newer: null };
  // The active row is remembered while a search leaves it out, and while its case is looked at.
  it.active = Number(sessionStorage.getItem(ACTIVE)) || null;

  it.draw = (data) => {
    // A click on what is replaced before the button is let go is none.
    if (it.pressed) return void (it.newer = data);
    const first = !it.data;
    const another = it.data?.view !== data.view;
    it.data = data;
    // What the server knows is older than what was ticked since: keep the ticks until it answers.
    if (data.sequence >= it.sequence || another) {
      it.selected = new Set(data.selected);
      it.sequence = Math.max(it.sequence, data.sequence);
    }
    root.querySelector("table").ariaLabel = data.words.cases;
    // The next page shows a film: its scripts load while the list is looked at.
    it.viewer ??= import("../cxr.film_viewer/film_viewer.js").catch(() => null);
    drawHead();
    drawRows();
    if (another) box.scrollTop = 0;
    if (first) rows.get(it.active)?.tr.scrollIntoView({ block: "nearest" });
  };

  function drawHead() {
    const sort = kept();
    const all = cell("th", "pick");
    const tick = all.appendChild(checkbox(it.data.words.all));
    const numbers = it.data.rows.map((row) => row.number);
    tick.checked = numbers.length > 0 && numbers.every((number) => it.selected.has(number));
    tick.onchange = () => {
      for (const number of numbers) tick.checked ? it.selected.add(number) : it.selected.delete(number);
      selectionChanged();
    };
    const cells = it.data.columns.map((column) => {
      const th = cell("th", column.name);
      th.scope = "col";
      if (column.name === "film") {
        th.append(hidden(column.title));
        return th;
      }
      const button = th.appendChild(document.createElement("button"));
      const on = sort?.name === column.name;
      button.textContent = column.title + (on ? (sort.down ? " ↓" : " ↑") : "");
      button.title = it.data.words.sort;
      if (on) th.ariaSort = sort.down ? "descending" : "ascending";
      button.onclick = () => {
        const next = !on ? { name: column.name, down: false } : sort.down ? null : { name: column.name, down: true };
        sessionStorage.setItem(sortKey(), JSON.stringify(next));
        drawHead();
        drawRows();
      };
      return th;
    });
    const focused = [...head.children].findIndex((th) => th.contains(root.activeElement));
    head.replaceChildren(all, ...cells);
    head.children[focused]?.querySelector("input, button")?.focus({ preventScroll: true });
  }

  function drawRows() {
    const { tagName } = root.activeElement ?? {};
    const focused = root.activeElement?.closest("tr")?.dataset.number;
    const list = sorted(it.data.rows);
    const trs = list.map((row) => {
      const text = JSON.stringify([row, it.data.columns, it.data.words]);
      let known = rows.get(row.number);
      if (known?.text !== text) rows.set(row.number, (known = { tr: makeRow(row), text }));
      return known.tr;
    });
    for (const number of rows.keys()) if (!list.some((row) => row.number === number)) rows.delete(number);
    if (trs.length !== body.children.length || trs.some((tr, place) => body.children[place] !== tr)) {
      body.replaceChildren(...trs);
      if (focused) rows.get(Number(focused))?.tr.querySelector(tagName).focus({ preventScroll: true });
    }
    mark();
  }

  function makeRow(row) {
    const tr = document.createElement("tr");
    tr.dataset.number = row.number;
    const pick = tr.appendChild(cell("td", "pick"));
    const tick = pick.appendChild(checkbox(it.data.words.one.replace("{number}", row.number)));
    tick.onchange = () => toggle(row.number);
    for (const column of it.data.columns) {
      tr.append(drawCell(column, row));
    }
    tr.onpointerenter = () => loadSoon(row.small);
    tr.onpointerdown = () => loadSoon(row.small, true);
    tr.onclick = (event) => {
      if (event.target.closest(".pick")) return;
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the link opens another tab
      event.preventDefault();
      open(row.number);
    };
    return tr;
  }

  function drawCell({ name }, row) {
    const td = cell("td", name);
    const value = row.cells[name];
    if (name === "case") {
      const link = td.appendChild(document.createElement("a"));
      link.href = `case?case=${row.number}`;
      link.textContent = value;
    } else if (name === "film") {
      if (value) {
        const image = td.appendChild(document.createElement("img"));
        image.src = value;
        image.alt = "";
      }
    } else if (name === "flag") {
      const span = td.appendChild(document.createElement("span"));
      span.className = `chip ${value.colour}`;
      span.textContent = value.word;
    } else if (name === "probability") {
      if (value !== null) {
        const bar = td.appendChild(document.createElement("span"));
        bar.className = "bar";
        bar.style.setProperty("--share", `${value}%`);
        td.append(it.data.words.percent.replace("{share}", value.toFixed(1).replace(".", it.data.words.point)));
      }
    } else {
      const span = td.appendChild(document.createElement("span"));
      span.textContent = value ?? "";
      span.title = value ?? "";
    }
    return td;
  }

  function sorted(list) {
    const sort = kept();
    if (!sort || !it.data.columns.some((column) => column.name === sort.name)) return list;
    const value = (row) => row.sort[sort.name] ?? row.cells[sort.name]?.word ?? row.cells[sort.name] ?? "";
    const compare = (a, b) =>
      typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
    const ordered = [...list].sort((a, b) => compare(value(a), value(b)));
    return sort.down ? ordered.reverse() : ordered;
  }

  function sortKey() {
    return `cxr-sort-${it.data.view}`;
  }

  function kept() {
    return JSON.parse(sessionStorage.getItem(sortKey()) ?? "null");
  }

  // The film under the pointer, or of the row that the arrows came to, is probably wanted next.
  function loadSoon(small, now = false) {
    clearTimeout(it.dwelling);
    const load = () => it.viewer.then((viewer) => viewer?.loadAhead(small, now));
    now ? load() : (it.dwelling = setTimeout(load, DWELL_MS));
  }

  function open(number) {
    it.active = number;
    sessionStorage.setItem(ACTIVE, number);
    mark();
    // In the order of a column the page of the case leads on in that order; else in the order of reading.
    const list = sorted(it.data.rows);
    it.send.setTriggerValue("open", { number, sorted: list === it.data.rows ? [] : list.map((row) => row.number) });
    const { small } = it.data.rows.find((row) => row.number === number);
    it.viewer.then((viewer) => viewer?.preview(small));
  }

  function toggle(number) {
    it.selected.has(number) ? it.selected.delete(number) : it.selected.add(number);
    selectionChanged();
  }

  function selectionChanged() {
    it.sequence += 1;
    const here = it.data.rows.map((row) => row.number);
    const numbers = here.filter((number) => it.selected.has(number));
    it.send.setStateValue("selection", { sequence: it.sequence, here, numbers });
    drawHead();
    mark();
  }

  function mark() {
    for (const [number, { tr }] of rows) {
      const on = it.selected.has(number);
      tr.querySelector("input").checked = on;
      tr.classList.toggle("selected", on);
      tr.classList.toggle("active", number === it.active);
      on ? tr.setAttribute("aria-selected", "true") : tr.removeAttribute("aria-selected");
    }
  }

  function move(step) {
    const list = [...body.children];
    const here = list.findIndex((tr) => Number(tr.dataset.number) === it.active);
    const place = here < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(here + step, 0), list.length - 1);
    if (!list[place]) return;
    it.active = Number(list[place].dataset.number);
    list[place].scrollIntoView({ block: "nearest" });
    mark();
    loadSoon(it.data.rows.find(({ number }) => number === it.active)?.small);
  }

  const press = () => (it.pressed = true);
  // After the click, which follows at once.
  const letGo = () => it.pressed && setTimeout(() => {
    const { newer } = it;
    Object.assign(it, { pressed: false, newer: null });
    if (newer && root.host?.isConnected) it.draw(newer);
  });
  root.addEventListener("pointerdown", press);
  for (const end of RELEASES) addEventListener(end, letGo, true);

  it.onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !root.host?.isConnected) return;
    const target = event.composedPath()[0];
    // Nothing else is done by this key in the field of the search.
    if (event.key === "ArrowDown" && target.closest?.(SEARCH)) {
      target.blur();
      event.preventDefault();
      return move(1);
    }
    if (target.closest?.(FIELDS) || document.querySelector("[role=dialog]")) return;
    const inside = root.contains(target);
    // A focused button or link elsewhere keeps its own keys.
    const free = target === document.body || target.dataset?.testid === "stMain" || inside;
    if (!free) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === " " && rows.has(it.active) && target.type !== "checkbox" && target.tagName !== "BUTTON")
      toggle(it.active);
    else if (event.key === "Enter" && rows.has(it.active) && !target.closest?.("a, button")) open(it.active);
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", it.onKey);
  it.close = () => {
    document.removeEventListener("keydown", it.onKey);
    root.removeEventListener("pointerdown", press);
    for (const end of RELEASES) removeEventListener(end, letGo, true);
    clearTimeout(it.dwelling);
    delete root.caseTable;
  };
  return it;
}

function cell(kind, name) {
  const made = document.createElement(kind);
  made.className = name;
  return made;
}

function checkbox(label) {
  const tick = document.createElement("input");
  tick.type = "checkbox";
  tick.ariaLabel = label;
  return tick;
}

function hidden(words) {
  const span = document.createElement("span");
  span.className = "hidden";
  span.textContent = words;
  return span;
}
