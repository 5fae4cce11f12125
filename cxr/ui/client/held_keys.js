// Streamlit loses a key that is pressed while the page of the last one is being drawn: the button is not there
// yet, or it still belongs to the case before. Such keys are held here, in order, and pressed once the page is
// ready. Findings (the digits) are never held: they would be recorded for a film that nobody has seen.

const HELD = /^[a-z]$/;
const FIELDS = "input, textarea, select, [contenteditable=true], [role=dialog], [role=listbox]";
const LONGEST_MS = 20_000;
const SETTLING_MS = 120;

export default function () {
  if (window.cxrHeldKeys) return;
  window.cxrHeldKeys = true;
  const queue = [];
  let pending = false; // whether a key was pressed whose page is not drawn yet
  let timer = 0;

  const app = () => document.querySelector("[data-testid=stApp]");
  const idle = () => app()?.dataset.testScriptState === "notRunning";
  const button = (key) =>
    [...document.querySelectorAll("button:enabled kbd")].some((hint) => hint.textContent.toLowerCase() === key);

  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!idle()) return settle();
      pending = false;
      const next = queue.shift();
      if (!next) return;
      if (performance.now() - next.at < LONGEST_MS && button(next.key)) {
        pending = true;
        const { key, code } = next;
        for (const kind of ["keydown", "keyup"])
          document.body.dispatchEvent(new KeyboardEvent(kind, { key, code, bubbles: true, cancelable: true }));
      }
      settle();
    }, SETTLING_MS);
  };

  window.addEventListener(
    "keydown",
    (event) => {
      if (!event.isTrusted || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      // The film viewer's own keys need no page to be drawn.
      if (document.documentElement.dataset.viewerKeys?.includes(event.key)) return;
      if (!HELD.test(event.key) || event.composedPath()[0].closest?.(FIELDS)) return;
      if (pending || queue.length || (!idle() && !button(event.key))) {
        event.stopImmediatePropagation();
        event.preventDefault();
        queue.push({ key: event.key, code: event.code, at: performance.now() });
      } else {
        pending = button(event.key);
      }
      settle();
    },
    true,
  );
}
