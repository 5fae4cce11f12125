// Streamlit loses a key that is pressed while the page of the last one is being drawn: the button is not there
// yet, or it still belongs to the case before. Such keys are held here, in order, and pressed once the page is
// ready. They are pressed by clicking the button that shows the key, not by Streamlit's own listeners: those come some
// milliseconds after the button and are gone while it changes. A finding (a digit) waits only for keys that keep the
// case on the page: after any other it would be recorded for a film that nobody has seen.
//
// Where the person switched keys of one character off, none reaches the page, Streamlit's own included.

(() => {
  if (window.cxrHeldKeys) return;
  const HELD = /^[a-z1-9]$/;
  const FINDING = /^[1-9]$/;
  const KEEPS_CASE = /^[atu]$/; // to the side of a pneumonia, claim, undo
  const SIDE = "a";
  const FIELDS =
    "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=''], [contenteditable=true], " +
    "[role=textbox], [role=combobox], [role=dialog], [role=listbox]";
  const SEARCH = ".st-key-search input";
  const HELP = ".st-key-keys-help button";
  const LONGEST_MS = 60_000;
  const POLL_MS = 15;
  window.cxrHeldKeys = true;
  const queue = [];
  let pending = ""; // the key that was pressed and whose page is not drawn yet
  let pressed = 0; // when
  let began = 0; // the page that had begun then
  let timer = 0;

  const app = () => document.querySelector("[data-testid=stApp]");
  const idle = () => app()?.dataset.testScriptState === "notRunning";
  const mark = (name) => Number(document.querySelector(`[data-page-${name}]`)?.dataset[`page${name}`] ?? 0);
  const shown = () => document.querySelector("h1")?.textContent ?? "";
  const button = (key) =>
    [...document.querySelectorAll("button:enabled kbd")]
      .find((hint) => hint.textContent.toLowerCase() === key)
      ?.closest("button");

  // By Tab alone, the choice of the side is more than 30 presses away.
  const wanted = (key) => (key === SIDE ? document.querySelector(".st-key-location button:enabled") : button(key));

  const awaitAnswer = (key) => {
    pending = key;
    pressed = performance.now();
    began = mark("Began");
  };

  const press = ({ key, code }) => {
    const target = wanted(key);
    awaitAnswer(target && key !== SIDE ? key : "");
    if (target) return key === SIDE ? target.focus() : target.click();
    for (const kind of ["keydown", "keyup"])
      document.body.dispatchEvent(new KeyboardEvent(kind, { key, code, bubbles: true, cancelable: true }));
  };

  // Where there is little room, the field is folded away.
  const search = () => {
    const field = document.querySelector(SEARCH);
    if (!field.checkVisibility()) document.querySelector(".st-key-unfolded input")?.click();
    field.focus();
  };

  // Out of a field, so that keys act again. An open list and a search that is not empty take the key first; the reader's
  // name, which Streamlit would clear, stays.
  const leaves = (target) =>
    target.matches?.("input, textarea") &&
    !target.closest("[role=dialog]") &&
    target.ariaExpanded !== "true" &&
    !(target.type === "search" && target.value);

  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const given = performance.now() - pressed > LONGEST_MS;
      // A key must never act on the page of the one before: where that is not answered, those after it are dropped.
      if (pending && mark("Ended") <= began) {
        if (!given) return settle();
        queue.length = 0;
      }
      if (!idle()) return settle();
      pending = "";
      const next = queue.shift();
      if (!next) return;
      if (performance.now() - next.at < LONGEST_MS && (!FINDING.test(next.key) || next.page === shown())) press(next);
      settle();
    }, POLL_MS);
  };

  // A click on a button that has a key counts as the key: what is pressed right after it waits for its answer.
  window.addEventListener(
    "click",
    ({ isTrusted, target }) => {
      const hint = isTrusted && target.closest?.("button:enabled")?.querySelector("kbd");
      if (!hint) return;
      awaitAnswer(hint.textContent.toLowerCase());
      settle();
    },
    true,
  );

  window.addEventListener(
    "keydown",
    (event) => {
      if (!event.isTrusted || event.ctrlKey || event.metaKey || event.altKey) return;
      const [target] = event.composedPath();
      const typing = target.closest?.(FIELDS);
      if (event.key === "Escape" && leaves(target)) {
        event.stopImmediatePropagation();
        return target.blur();
      }
      if (document.documentElement.dataset.letterKeys === "off" && /^\S$/u.test(event.key) && !typing)
        return event.stopImmediatePropagation();
      // Keys of the list's page, also while nothing is listed.
      const ofList = event.key === "/" ? SEARCH : event.key === "?" ? HELP : "";
      if (ofList && !typing && document.querySelector(ofList) && !document.querySelector("[role=dialog]")) {
        event.preventDefault();
        return ofList === HELP ? document.querySelector(HELP).click() : search();
      }
      // The film viewer's own keys need no page to be drawn.
      if (document.documentElement.dataset.viewerKeys?.includes(event.key)) return;
      if (!HELD.test(event.key) || typing) return;
      const waits = [pending, ...queue.map(({ key }) => key)].filter(Boolean);
      const finding = FINDING.test(event.key);
      const waiting = waits.length || (!finding && !idle());
      if (!waiting && !wanted(event.key)) return; // a key of the list
      event.stopImmediatePropagation();
      event.preventDefault();
      if (event.repeat) return;
      const { key, code } = event;
      if (!waits.length && wanted(key)) press({ key, code });
      else if (!finding || waits.every((before) => KEEPS_CASE.test(before)))
        queue.push({ key, code, at: performance.now(), page: shown() });
      settle();
    },
    true,
  );
})();
