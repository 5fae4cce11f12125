// Keys of the whole page for the viewer that is looked at. Nothing here moves the focus.

const viewers = new Set();
let pointed = null;

const TYPING =
  "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=''], [contenteditable=true], " +
  "[role=textbox], [role=combobox]";
// Other widgets move with the arrows and the digits.
const MOVING = "input, button, a, summary, [role]:not([role=application]), [tabindex]:not([role=application])";
const LISTS = "[role=grid], [role=listbox], [role=menu], [role=slider]";
const DIALOGS = "[role=dialog], dialog[open]";
const ARROWS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const PAN = 60;

export function listen(viewer) {
  if (!viewers.size) addEventListener("keydown", pressed, { capture: true });
  viewers.add(viewer);
  // For the script that holds other keys back while Streamlit draws.
  document.documentElement.dataset.viewerKeys = Object.keys(viewer.actions).filter((key) => /^[a-z]$/.test(key)).join("");
}

export function unlisten(viewer) {
  viewers.delete(viewer);
  if (pointed === viewer) pointed = null;
  if (viewers.size) return;
  removeEventListener("keydown", pressed, { capture: true });
  delete document.documentElement.dataset.viewerKeys;
}

export function pointAt(viewer) {
  pointed = viewer;
}

function pressed(event) {
  // AltGr, which writes brackets on many keyboards, is reported as Ctrl and Alt.
  const command = (event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph");
  if (event.defaultPrevented || command || event.metaKey || event.isComposing) return;
  const path = event.composedPath().filter((node) => node instanceof Element);
  const typing = path.some((node) => node.matches(TYPING) && node.type !== "range");
  if (typing || path[0]?.type === "range" || path.some((node) => node.matches(LISTS))) return;
  if (document.querySelector(DIALOGS)) return;
  const viewer = lookedAt(path);
  if (!viewer || !act(viewer, event, path)) return;
  // Streamlit has keys of its own: R runs the page again, C asks to clear its cache.
  event.preventDefault();
  event.stopImmediatePropagation();
}

function act(viewer, event, path) {
  const arrow = ARROWS[event.key];
  if (arrow) {
    const inside = path.includes(viewer.stage);
    const elsewhere = !inside && path[0]?.matches(MOVING);
    // A film that shows whole has nowhere to go: the page scrolls.
    if (elsewhere || (!inside && viewer.view.scale <= 1)) return false;
    viewer.pan(PAN * arrow[0], PAN * arrow[1]);
    return true;
  }
  // Escape belongs to the page where the viewer has nothing to leave.
  if (event.key === "Escape" && viewer.tool === "pan" && !viewer.keys) return false;
  const action = viewer.actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  action?.();
  return Boolean(action);
}

// With several films on the page: the one with the focus, else under the mouse, else the largest on the screen.
function lookedAt(path) {
  const all = [...viewers].filter((viewer) => seen(viewer) > 0);
  const focused = all.find((viewer) => path.includes(viewer.root));
  if (focused) return focused;
  if (all.includes(pointed)) return pointed;
  return all.sort((one, other) => seen(other) - seen(one))[0];
}

function seen(viewer) {
  const { top, bottom } = viewer.stage.getBoundingClientRect();
  return Math.min(bottom, innerHeight) - Math.max(top, 0);
}
